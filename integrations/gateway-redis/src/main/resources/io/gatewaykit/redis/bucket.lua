-- A leaky bucket: reads its backlog and applies a list of operations to it, all at the same instant.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its debt).
-- KEYS[1]  the bucket
-- ARGV[1]  the plan, interval:shift:fullest; times are in units of 2^-shift ns
-- ARGV[2+] operations:
--   T count bound weight   take weight, up to count times, while the backlog is at most bound
--   R count bound weight   the same, as a reservation that can be refunded; is assigned the next id
--   G weight gen id        refund, see below
--   C weight most          charge, up to a backlog of most; a backlog above fullest is a debt
--   Z                      empty the bucket
-- Returns  { initial backlog, sec, nanos, gen, next id, flag, and the amount refunded by each G }. The
--          caller replays the operations from the same backlog: all values are integers below 2^53.
--
-- State: sec:units:interval:shift:fullest, and while reservations are open ;gen:next;id=weight,id=weight...
-- sec:units is the time at which the bucket will have drained. gen identifies a period in which it was
-- never empty, under one plan, without a clock step or a reset: the microsecond of its start, or one more
-- than the gen before a reset. fullest is the largest possible backlog: that of a debt, while there is one.
--
-- A refund is the amount by which the backlog would be lower had the request cost less: the weight, but at
-- most the minimum of the backlog since the reservation. The minima of all open reservations are stored as
-- a stack of layers. Draining takes from the last layer. The minimum of a reservation is the sum of its
-- layer and all earlier ones; a refund takes from these, last first. id is the first reservation of a
-- layer. Beyond MOST layers, the thinnest is merged into the next one, and its reservations are treated as
-- those of the previous layer, which makes their refunds smaller, never larger.

local number, floor, min, max = tonumber, math.floor, math.min, math.max

local MODULUS, MOST = 2 ^ 52, 24
local interval, shift, fullest = string.match(ARGV[1], '^(%d+):(%d+):(%d+)$')
interval, shift, fullest = number(interval), number(shift), number(fullest)
local scale = 2 ^ shift
local second = 1e9 * scale
local gen, id = sec * 1e6 + floor(nanos / 1000), 0
local ids, weights, n, sum = {}, {}, 0, 0

-- Converts a weight of a plan with the other interval to this plan, rounded up.
local function translate(weight, other)
  if weight * interval < MODULUS then
    return math.ceil(weight * interval / other)
  end
  return math.ceil(weight / other * interval)
end

-- Removes a layer.
local function drop(i)
  table.remove(ids, i)
  table.remove(weights, i)
  n = n - 1
end

-- Takes an amount from the i-th layer and those before it.
local function drain(i, amount)
  sum = sum - amount
  while amount > 0 do
    local part = min(amount, weights[i])
    weights[i], amount = weights[i] - part, amount - part
    if weights[i] == 0 then
      drop(i)
    end
    i = i - 1
  end
end

-- Merges a layer into the next one.
local function join(i)
  if i == n then
    sum = sum - weights[i]
  else
    weights[i + 1] = weights[i + 1] + weights[i]
  end
  drop(i)
end

-- Adds the layer of a reservation that has raised the backlog to the given value.
local function push(backlog)
  if n == MOST then
    local thinnest = 1
    for i = 2, n do
      if weights[i] < weights[thinnest] then
        thinnest = i
      end
    end
    join(thinnest)
  end
  n = n + 1
  ids[n], weights[n] = id, backlog - sum
  id, sum = id + 1, backlog
end

local found, flag, ceiling, stale = 0, 0, fullest, false
local raw = redis.call('GET', KEYS[1])
if raw then
  local s, u, i, h, f, rest = string.match(raw, '^(%d+):(%d+):(%d+):(%d+):(%d+)(.*)$')
  if not s or not (rest == '' or string.sub(rest, 1, 1) == ';') then
    flag, stale = 1, true -- foreign contents: overwritten
  else
    i, h, f = number(i), number(h), number(f)
    local units = 2 ^ h
    found = (number(s) - sec) * 1e9 * units + (number(u) - nanos * units)
    if found <= 0 then
      found = 0
      gen = max(gen, number(string.match(rest, '^;(%d+)') or '0')) -- retained by a reset
    elseif found > f then
      found, flag, stale = f, 2, true -- the clock has stepped
    elseif i == interval and h == shift and rest ~= '' then
      local g, next, layers = string.match(rest, '^;(%d+):(%d+);(.*)$')
      gen, id = number(g), number(next)
      for first, weight in string.gmatch(layers, '(%d+)=(%d+)') do
        n = n + 1
        ids[n], weights[n] = number(first), number(weight)
        sum = sum + weights[n]
      end
    end
    if i ~= interval or h ~= shift then
      -- The limit has changed: the backlog is unchanged in requests.
      found, f, stale = translate(found, i), translate(f, i), true
    end
    if found > fullest then
      ceiling = min(f, MODULUS) -- a smaller burst: the excess drains as before
      found = min(found, ceiling)
    end
    if sum > found then
      drain(n, sum - found)
    end
  end
end

local backlog, changed = found, stale
local reply = { found, sec, nanos, gen, id, flag }
local at = 2
while ARGV[at] do
  local op = ARGV[at]
  if op == 'T' or op == 'R' then
    local count, bound, weight = number(ARGV[at + 1]), number(ARGV[at + 2]), number(ARGV[at + 3])
    if backlog <= bound then
      backlog = backlog + min(count, floor((bound - backlog) / weight) + 1) * weight
      changed = true
      if op == 'R' then
        push(backlog)
      end
    end
    at = at + 4
  elseif op == 'G' then
    local weight, of, back = number(ARGV[at + 1]), number(ARGV[at + 3]), 0
    if number(ARGV[at + 2]) == gen and n > 0 then
      local i = n
      while i > 0 and ids[i] > of do
        i = i - 1
      end
      for layer = i, 1, -1 do
        back = back + weights[layer]
        if back >= weight then
          break
        end
      end
      back = min(back, weight)
      local alone = i > 0 and ids[i] == of and (ids[i + 1] or id) == of + 1
      drain(i, back)
      if alone and ids[i] == of then
        join(i)
      end
      backlog = backlog - back
      changed = true
    end
    reply[#reply + 1] = back
    at = at + 4
  elseif op == 'C' then
    backlog = max(backlog, min(backlog + number(ARGV[at + 1]), number(ARGV[at + 2])))
    ceiling = max(ceiling, backlog)
    changed = true
    at = at + 3
  else
    gen = max(gen + 1, sec * 1e6 + floor(nanos / 1000))
    backlog, n, sum, ids, weights, changed, id = 0, 0, 0, {}, {}, true, 0
    at = at + 1
  end
end

-- A gen ahead of the clock must be retained; otherwise the next state would reuse it.
local keep = gen > sec * 1e6 + floor(nanos / 1000)
if changed then
  if backlog > 0 or keep then
    local total = nanos * scale + backlog
    local carry = floor(total / second)
    local full = max(fullest, min(ceiling, backlog))
    local state = string.format('%.0f:%.0f:%.0f:%.0f:%.0f',
      sec + carry, total - carry * second, interval, shift, full)
    if n > 0 or keep then
      local layers = {}
      for i = 1, n do
        layers[i] = string.format('%.0f=%.0f', ids[i], weights[i])
      end
      state = state .. string.format(';%.0f:%.0f;', gen, id) .. table.concat(layers, ',')
    end
    redis.call('SET', KEYS[1], state,
      'PX', string.format('%.0f', math.ceil(backlog / scale / 1e6) + slack))
  elseif raw then
    redis.call('DEL', KEYS[1])
  end
end
return reply
