-- Permits held at once: a sorted set of their names, by when they are taken back, in us.
--
-- A prelude defines: sec, nanos (the server's time) and slack (ms by which a key outlives its use).
-- KEYS[1]  the permits
-- ARGV[1]  A to acquire, P to look, R to release
-- ARGV[2]  the permit's name
-- ARGV[3]  how many there may be at once
-- ARGV[4]  after how many us it is taken back
-- Returns  { how many are held now, or 0 if refused or not held, how many were taken back }

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
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(hold / 1000) + slack))
return { held + 1, reclaimed }
