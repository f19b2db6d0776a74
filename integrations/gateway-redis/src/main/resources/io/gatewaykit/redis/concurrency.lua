-- Concurrent permits: a sorted set of permit ids, scored by the time of their reclamation in us.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its use).
-- KEYS[1]  the permits
-- ARGV[1]  A to acquire, P to peek, R to release
-- ARGV[2]  the id of the permit
-- ARGV[3]  the maximum number of concurrent permits
-- ARGV[4]  the time after which the permit is reclaimed, in us
-- Returns  { permits held now, or 0 if rejected or not held, number of permits reclaimed }

local now = sec * 1e6 + math.floor(nanos / 1000)
if ARGV[1] == 'R' then
  return { redis.call('ZREM', KEYS[1], ARGV[2]), 0 }
end
local reclaimed = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local held = redis.call('ZCARD', KEYS[1])
if ARGV[1] == 'P' then
  return { held, reclaimed }
end
if held >= tonumber(ARGV[3]) then
  return { 0, reclaimed }
end
local hold = tonumber(ARGV[4])
redis.call('ZADD', KEYS[1], string.format('%.0f', now + hold), ARGV[2])
-- Twice the hold time, so that the next call still counts the reclaimed permits.
local life = 2 * math.ceil(hold / 1000) + slack
if redis.call('PTTL', KEYS[1]) < life then -- another node may hold permits for longer
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
end
return { held + 1, reclaimed }
