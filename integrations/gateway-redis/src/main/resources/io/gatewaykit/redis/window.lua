-- Counts what happened in one or more windows of time, in all of them or in none.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its use).
-- KEYS[1]  the state
-- ARGV[1]  T to take, P to look, S to settle
-- ARGV[2]  the cost; to settle, by how much to count more, or less if negative
-- ARGV[3+] for each window: permits, length in ns, F (fixed) or S (sliding), and, to settle, when the
--          window began in which the request was counted: sec, nanos
-- Returns  for each window: wait in ns (0 admitted, -1 never), remaining, ns until nothing counts any
--          more, and when it began: sec, nanos
--
-- State: for each window sec:nanos:count:before; the last is what was counted in the window before, of a
-- fixed window 1 once anything was counted. All numbers are whole and below 2^53, but for products
-- that are rounded where they are larger; then a wait is a little longer.

local number = tonumber
local mode, cost = ARGV[1], number(ARGV[2])
local width = mode == 'S' and 5 or 3

local windows = {}
for at = 3, #ARGV, width do
  windows[#windows + 1] = {
    permits = number(ARGV[at]), per = number(ARGV[at + 1]), sliding = ARGV[at + 2] == 'S',
    sec = sec, nanos = nanos, count = 0, before = 0,
    countedSec = number(ARGV[at + 3] or ''), countedNanos = number(ARGV[at + 4] or ''),
  }
end

local raw = redis.call('GET', KEYS[1])
if raw then
  local i = 0
  for s, n, c, b in string.gmatch(raw, '(%d+):(%d+):(%d+):(%d+)') do
    i = i + 1
    local w = windows[i]
    if w then
      w.sec, w.nanos, w.count, w.before = number(s), number(n), number(c), number(b)
    end
  end
end

local function idle(w)
  return w.count == 0 and w.before == 0
end

-- How much of what was counted before may overlap if so much of it is allowed.
local function fitting(w, allowed, counted)
  local product = allowed * w.per
  local fits = math.floor(product / counted)
  if product >= 2 ^ 53 then
    fits = fits - 1024
  end
  return math.min(w.per, fits)
end

local stale = false
for _, w in ipairs(windows) do
  local elapsed = (sec - w.sec) * 1e9 + (nanos - w.nanos)
  if elapsed < 0 or idle(w) then
    stale = stale or not idle(w) -- the clock went back: what was counted stays for one window more
    w.sec, w.nanos, elapsed = sec, nanos, 0
  elseif not w.sliding then
    if elapsed > w.per then
      w.sec, w.nanos, w.count, w.before, elapsed = sec, nanos, 0, 0, 0
    end
  elseif elapsed >= w.per then
    if elapsed < 2 * w.per then
      local began = w.nanos + w.per
      w.sec, w.nanos = w.sec + math.floor(began / 1e9), began % 1e9
      w.before, w.count, elapsed = w.count, 0, elapsed - w.per
    else
      w.sec, w.nanos, w.count, w.before, elapsed = sec, nanos, 0, 0, 0
    end
  end
  w.left = w.per - elapsed
end

local function wait(w)
  if cost > w.permits then
    return -1
  end
  local room = w.permits - cost - w.count
  if not w.sliding then
    return room >= 0 and 0 or w.left + 1
  end
  if room < 0 then
    return w.left + w.per - fitting(w, w.permits - cost, w.count)
  end
  if w.before * w.left <= room * w.per then
    return 0
  end
  return w.left - fitting(w, room, w.before)
end

local changed = stale and mode == 'T'
local admitted = true
if mode == 'S' then
  for _, w in ipairs(windows) do
    if cost > 0 then
      w.count = math.min(w.permits, w.count + cost)
      w.before = w.sliding and w.before or 1
    elseif w.sec == w.countedSec and w.nanos == w.countedNanos then
      w.count = math.max(0, w.count + cost)
    elseif w.sliding
      and (w.sec - w.countedSec) * 1e9 + (w.nanos - w.countedNanos) == w.per then
      w.before = math.max(0, w.before + cost)
    end
  end
  changed = true
else
  for _, w in ipairs(windows) do
    w.wait = wait(w)
    admitted = admitted and w.wait == 0
  end
  if admitted then
    for _, w in ipairs(windows) do
      w.count = math.min(w.permits, w.count + cost)
      w.before = w.sliding and w.before or 1
    end
    changed = mode == 'T'
  end
end

local reply, state, longest = {}, {}, 0
for _, w in ipairs(windows) do
  local reset = 0
  if not idle(w) then
    reset = not w.sliding and w.left + 1 or w.count == 0 and w.left or w.left + w.per
  end
  longest = math.max(longest, reset)
  local overlap = w.sliding and math.ceil(w.before * math.max(0, w.left) / w.per) or 0
  reply[#reply + 1] = w.wait or 0
  reply[#reply + 1] = math.max(0, w.permits - w.count - overlap)
  reply[#reply + 1] = reset
  reply[#reply + 1] = w.sec
  reply[#reply + 1] = w.nanos
  state[#state + 1] = string.format('%.0f:%.0f:%.0f:%.0f', w.sec, w.nanos, w.count, w.before)
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
