-- Counts requests in one or more windows of time, in all of them or in none.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its use).
-- KEYS[1]  the state
-- ARGV[1]  T to take, P to peek, S to settle, C to charge beyond the quota, Z to clear
-- ARGV[2]  the cost, at most 2^52; to settle, the change of the count, negative to lower it
-- ARGV[3]  to take, the number of requests of that cost; to settle, the gen of the request
-- ARGV[4+] for each window: permits, length in ns, F (fixed), E (estimated), P (in parts) or D (by dates);
--          for D four starts in sec, the second of which is that of the current one by the caller's
--          clock; and, to settle, the mark of the request: two numbers
-- Returns  the number admitted, the part of a charge beyond the range, the gen; then for each window:
--          wait of the first rejected in ns (0 if none was, -1 never), remaining, ns until all counts have
--          expired, and the mark of a request counted now
--
-- State: gen; then for each window four or more numbers, separated by colons. F, E and D: sec, nanos (its
-- start), the count, and before; the last is the count of the previous window, for a fixed one 1 once a
-- request has been counted. P: the number of the current part since 1970, the sum of all parts, and the
-- counts of the current and the previous ones. All numbers are integers below 2^53, except products that
-- are rounded above it; the wait is then slightly longer.
--
-- gen identifies a period in which the state lost no request, by a reset or by a clock step that moved its
-- windows: the microsecond of its start, or one more than the gen before. Requests of another gen are not
-- corrected, since they are no longer counted.

local number, floor, max, min = tonumber, math.floor, math.max, math.min
local PARTS, RANGE = 16, 2 ^ 52
local mode, cost, times = ARGV[1], number(ARGV[2]), number(ARGV[3])
local micros = sec * 1e6 + floor(nanos / 1000)

local windows, at = {}, 4
while ARGV[at] do
  local per, kind = number(ARGV[at + 1]), ARGV[at + 2]
  local w = {
    permits = number(ARGV[at]), per = per, kind = kind, starts = {},
    part = math.ceil(per / 1000 / PARTS), sec = sec, nanos = nanos, count = 0, before = 0,
  }
  at = at + 3
  if kind == 'D' then
    w.sec, w.nanos = 0, 0
    for i = 1, 4 do
      w.starts[i] = number(ARGV[at])
      at = at + 1
    end
  end
  if mode == 'S' then
    w.mark, w.mark2 = number(ARGV[at]), number(ARGV[at + 1])
    at = at + 2
  end
  windows[#windows + 1] = w
end

local raw = redis.call('GET', KEYS[1])
local old, rest = string.match(raw or '', '^(%d+) (.+)$')
-- A gen is stored alone only while it is ahead of the clock.
local gen = number(old or '') or max(micros, number(string.match(raw or '', '^%d+$') or '0'))
local i = 0
for text in string.gmatch(rest or '', '[%d:]+') do
  i = i + 1
  local w = windows[i]
  if w then
    local n = {}
    for digits in string.gmatch(text, '%d+') do
      n[#n + 1] = number(digits)
    end
    if w.kind ~= 'P' and #n == 4 then
      w.sec, w.nanos, w.count, w.before = n[1], n[2], n[3], n[4]
    elseif w.kind == 'P' and #n == PARTS + 3 then
      w.number, w.count, w.parts = n[1], n[2], n
    end
  end
end

local function idle(w)
  return w.count == 0 and w.before == 0
end

-- Returns a count with the cost added, between 0 and the range.
local function corrected(count)
  return max(0, min(max(RANGE, count), count + cost))
end

-- Returns the overlap with the previous window at which its share of the count is the allowed one.
local function fitting(w, allowed, counted)
  local product = allowed * w.per
  local fits = floor(product / counted)
  if product >= 2 ^ 53 then
    fits = fits - 1024
  end
  return min(w.per, fits)
end

-- The kinds: turn advances to the current time and returns whether the clock went back, wait is that of
-- one more request, add counts, correct changes the count at a mark.
local kinds = {}

kinds.F = {
  turn = function(w)
    local elapsed = (sec - w.sec) * 1e9 + (nanos - w.nanos)
    local back = elapsed < 0
    if back or idle(w) then
      back = back and not idle(w) -- the count is retained for one more window
      w.sec, w.nanos, elapsed = sec, nanos, 0
    elseif elapsed > w.per then
      w.sec, w.nanos, w.count, w.before, elapsed = sec, nanos, 0, 0, 0
    end
    w.left = w.per - elapsed
    return back
  end,
  wait = function(w)
    return w.permits - cost - w.count >= 0 and 0 or w.left + 1
  end,
  add = function(w, more)
    w.count, w.before = w.count + more, 1
  end,
  correct = function(w)
    if w.sec == w.mark and w.nanos == w.mark2 then
      w.count = corrected(w.count)
    end
  end,
  remaining = function(w)
    return w.permits - w.count
  end,
  reset = function(w)
    return idle(w) and 0 or w.left + 1
  end,
}

kinds.D = {
  turn = function(w)
    local i = sec < w.starts[2] and 1 or sec < w.starts[3] and 2 or 3
    if w.sec < w.starts[i] then
      w.sec, w.count = w.starts[i], 0
    end
    while i < 3 and w.starts[i + 1] <= w.sec do -- windows never go back
      i = i + 1
    end
    w.left = max(1, (w.starts[i + 1] - sec) * 1e9 - nanos)
    return false
  end,
  wait = function(w)
    return w.permits - cost - w.count >= 0 and 0 or w.left
  end,
  add = function(w, more)
    w.count = w.count + more
  end,
  correct = kinds.F.correct,
  remaining = kinds.F.remaining,
  reset = function(w)
    return w.count == 0 and 0 or w.left
  end,
}

kinds.E = {
  turn = function(w)
    local elapsed = (sec - w.sec) * 1e9 + (nanos - w.nanos)
    local back = elapsed < 0
    if back or idle(w) then
      back = back and not idle(w)
      w.sec, w.nanos, elapsed = sec, nanos, 0
    elseif elapsed >= 2 * w.per then
      w.sec, w.nanos, w.count, w.before, elapsed = sec, nanos, 0, 0, 0
    elseif elapsed >= w.per then
      local began = w.nanos + w.per
      w.sec, w.nanos = w.sec + floor(began / 1e9), began % 1e9
      w.before, w.count, elapsed = w.count, 0, elapsed - w.per
    end
    w.left = w.per - elapsed
    return back
  end,
  wait = function(w)
    local room = w.permits - cost - w.count
    if room < 0 then
      return w.left + w.per - fitting(w, w.permits - cost, w.count)
    end
    return w.before * w.left <= room * w.per and 0 or w.left - fitting(w, room, w.before)
  end,
  add = function(w, more)
    w.count = w.count + more
  end,
  correct = function(w)
    if w.sec == w.mark and w.nanos == w.mark2 then
      w.count = corrected(w.count)
    elseif (w.sec - w.mark) * 1e9 + (w.nanos - w.mark2) == w.per then
      w.before = corrected(w.before)
    end
  end,
  remaining = function(w)
    return w.permits - w.count - math.ceil(w.before * max(0, w.left) / w.per)
  end,
  reset = function(w)
    return idle(w) and 0 or w.count == 0 and w.left or w.left + w.per
  end,
}

kinds.P = {
  turn = function(w)
    local now = floor(micros / w.part)
    local age = w.number and now - w.number or PARTS + 1
    local counts = {}
    w.count = 0
    for part = 0, PARTS do -- after a step back, all parts move with the clock
      local from = part - max(0, age)
      counts[part] = from >= 0 and w.parts and w.parts[from + 3] or 0
      w.count = w.count + counts[part]
    end
    w.sec, w.nanos, w.counts = now, 0, counts
    return age < 0
  end,
  wait = function(w)
    local over = w.count + cost - w.permits
    local part = PARTS + 1
    while over > 0 and part > 0 do
      part = part - 1
      over = over - w.counts[part]
    end
    return part > PARTS and 0 or ((w.sec - part + PARTS + 1) * w.part - micros) * 1000 - nanos % 1000
  end,
  add = function(w, more)
    w.counts[0], w.count = w.counts[0] + more, w.count + more
  end,
  correct = function(w)
    local age = w.sec - w.mark
    if age >= 0 and age <= PARTS then
      local more = max(-w.counts[age], min(cost, max(0, RANGE - w.count)))
      w.counts[age], w.count = w.counts[age] + more, w.count + more
    end
  end,
  remaining = function(w)
    return w.permits - w.count
  end,
  reset = function(w)
    for part = 0, PARTS do
      if w.counts[part] > 0 then
        return ((w.sec - part + PARTS + 1) * w.part - micros) * 1000 - nanos % 1000
      end
    end
    return 0
  end,
}

local stale = false
for _, w in ipairs(windows) do
  w.is = kinds[w.kind]
  stale = w.is.turn(w) or stale
end
if stale then
  gen = max(micros, gen + 1)
end

-- Sets the wait of each window for one more request; returns whether all admit it.
local function admits()
  local all = true
  for _, w in ipairs(windows) do
    w.wait = cost > w.permits and -1 or w.is.wait(w)
    all = all and w.wait == 0
  end
  return all
end

local changed, admitted, unbooked = false, 0, 0
if mode == 'S' then
  changed = times == gen
  for _, w in ipairs(windows) do
    if changed then
      w.is.correct(w)
    end
  end
elseif mode == 'C' then
  for _, w in ipairs(windows) do
    local booked = max(0, min(cost, RANGE - w.count))
    unbooked = max(unbooked, cost - booked)
    w.is.add(w, booked)
  end
  changed = cost > 0
elseif mode == 'Z' then
  gen = max(micros, gen + 1)
  if gen > micros then -- otherwise the next state would reuse it
    redis.call('SET', KEYS[1], string.format('%.0f', gen),
      'PX', string.format('%.0f', math.ceil((gen - micros) / 1000) + slack))
  else
    redis.call('DEL', KEYS[1])
  end
else
  while admitted < times and admits() do
    for _, w in ipairs(windows) do
      w.is.add(w, cost)
    end
    admitted = admitted + 1
  end
  changed = mode == 'T' and (admitted > 0 or stale)
end

local reply, state, longest = { admitted, unbooked, gen }, { string.format('%.0f', gen) }, 0
for _, w in ipairs(windows) do
  local reset = w.is.reset(w)
  longest = max(longest, reset)
  reply[#reply + 1] = w.wait or 0
  reply[#reply + 1] = max(0, w.is.remaining(w))
  reply[#reply + 1] = reset
  reply[#reply + 1] = w.sec
  reply[#reply + 1] = w.nanos
  if w.kind == 'P' then
    state[#state + 1] = string.format('%.0f:%.0f:%.0f', w.sec, w.count, w.counts[0])
      .. string.rep(':%.0f', PARTS):format(unpack(w.counts, 1, PARTS))
  else
    state[#state + 1] = string.format('%.0f:%.0f:%.0f:%.0f', w.sec, w.nanos, w.count, w.before)
  end
end
if changed then
  if longest > 0 then
    redis.call('SET', KEYS[1], table.concat(state, ' '),
      'PX', string.format('%.0f', math.ceil(longest / 1e6) + slack))
  elseif raw then
    redis.call('DEL', KEYS[1])
  end
end
return reply
