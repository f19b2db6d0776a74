-- One leaky bucket: finds its backlog, then applies a list of operations to it, all at one instant.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its debt).
-- KEYS[1]  the bucket
-- ARGV[1]  the plan, interval:shift:fullest; times are counted in units of 2^-shift ns
-- ARGV[2+] operations:
--   T count bound weight        take weight, up to count times, while the backlog is at most bound
--   G weight sec units gen ref dip  give back, see below
--   C weight                    charge, up to the fullest bucket
-- Returns  { backlog found, sec, nanos, gen, ref, dip, flag }. The caller applies the same operations to the
--          same backlog and so knows what each came to: all numbers here are whole and below 2^53.
--
-- State: sec:units:gen:ref:dip:plan. The first two are when the bucket will have drained. gen names the
-- busy period, which ends when the bucket is empty, the plan changes or the clock steps; ref is how much
-- was given back in it; dip, in us since its beginning, is when the bucket was last less than an eighth
-- full.
--
-- What may be given back: let D be by how much the bucket is fuller than if the request had not come. At
-- first D is the request's weight, and it shrinks only while that other bucket is empty. So all of it may
-- go back if the bucket, D fuller than the other, was never less than an eighth full since, and the weight
-- is no more than that. Otherwise, as much as the backlog right after the request exceeds the present,
-- less what others gave back since; and nothing in another busy period.

local number = tonumber

local MODULUS = 2 ^ 52
local interval, shift, fullest = string.match(ARGV[1], '^(%d+):(%d+):(%d+)$')
interval, shift, fullest = number(interval), number(shift), number(fullest)
local scale = 2 ^ shift
local second = 1e9 * scale
local fresh = sec * 1e6 + math.floor(nanos / 1000)

-- Returns what weighs so much in a plan of the other interval, in this plan.
local function translate(weight, other)
  if weight * interval < MODULUS then
    return math.ceil(weight * interval / other)
  end
  return math.ceil(weight / other * interval)
end

local eighth = math.floor(fullest / 8)
local found, gen, ref, dip, flag, ceiling = 0, fresh, 0, fresh, 0, fullest
local stale = false
local raw = redis.call('GET', KEYS[1])
if raw then
  local s, u, g, r, d, plan = string.match(raw, '^(%d+):(%d+):(%d+):(%d+):(%d+):(%d+:%d+:%d+)$')
  if not s then
    flag, stale = 1, true -- not ours: written anew
  else
    local i, h, f = string.match(plan, '^(%d+):(%d+):(%d+)$')
    i, h, f = number(i), number(h), number(f)
    local units = 2 ^ h
    found = (number(s) - sec) * 1e9 * units + (number(u) - nanos * units)
    if found <= 0 then
      found = 0
    else
      gen, ref, dip = number(g), number(r), number(g) + number(d)
      if found > f then
        found, gen, ref, dip, flag, stale = f, fresh, 0, fresh, 2, true -- the clock has stepped
      end
      if i ~= interval or h ~= shift then
        -- Another limit: what is owed stays the same in requests.
        found = translate(found, i)
        f = translate(f, i)
        gen, ref, dip, stale = fresh, 0, fresh, true
      end
      if found > fullest then
        ceiling = math.min(f, MODULUS) -- a smaller burst: what is there drains as it would have
        found = math.min(found, ceiling)
      end
      if found < eighth then
        dip = fresh
      end
    end
  end
end

local backlog, given, low = found, ref, dip
local at = 2
while ARGV[at] do
  local op = ARGV[at]
  if op == 'T' then
    local count, bound, weight = number(ARGV[at + 1]), number(ARGV[at + 2]), number(ARGV[at + 3])
    if backlog <= bound then
      backlog = backlog + math.min(count, math.floor((bound - backlog) / weight) + 1) * weight
    end
    at = at + 4
  elseif op == 'G' then
    local weight = number(ARGV[at + 1])
    if number(ARGV[at + 4]) == gen and found > 0 then
      local left = (number(ARGV[at + 2]) - sec) * second + (number(ARGV[at + 3]) - nanos * scale)
      left = left - (given - number(ARGV[at + 5])) % MODULUS
      local back = math.min(weight, left)
      if weight <= eighth and number(ARGV[at + 6]) == low then
        back = weight
      end
      if back > 0 then
        if left ~= backlog then
          given = (given + back) % MODULUS -- others came after it
        end
        backlog = backlog - back
        if backlog < eighth then
          low = fresh
        end
      end
    end
    at = at + 7
  else
    backlog = math.max(backlog, math.min(backlog + number(ARGV[at + 1]), fullest))
    at = at + 2
  end
end

if stale or backlog ~= found or given ~= ref then
  if backlog > 0 then
    local total = nanos * scale + backlog
    local carry = math.floor(total / second)
    local full = math.max(fullest, math.min(ceiling, backlog))
    redis.call('SET', KEYS[1],
      string.format('%.0f:%.0f:%.0f:%.0f:%.0f:%.0f:%.0f:%.0f',
        sec + carry, total - carry * second, gen, given, math.max(0, low - gen), interval, shift, full),
      'PX', string.format('%.0f', math.ceil(backlog / scale / 1e6) + slack))
  elseif raw then
    redis.call('DEL', KEYS[1])
  end
end
return { found, sec, nanos, gen, ref, dip, flag }
