-- Asks at a steady pace and records, beside what wrk counts itself, when which line answered.
-- Times are those of the monotonic clock, which the program that makes the faults reads, too.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long s; long ns; } when;
  int clock_gettime(int clock, when *now);
]]
local now = ffi.new("when")
local SLICE = 10 -- milliseconds
local thread

local function millis()
  ffi.C.clock_gettime(1, now)
  return tonumber(now.s) * 1000 + math.floor(tonumber(now.ns) / 1000000)
end

function setup(one)
  thread = one
end

function init()
  lines, last = {}, ""
  slice, primary, backup, bad = 0, 0, 0, 0
end

local function turn(to)
  if slice > 0 then
    table.insert(lines, slice * SLICE .. " " .. primary .. " " .. backup .. " " .. bad)
    last = table.concat(lines, "\n") -- the only thing that is read at the end
  end
  slice, primary, backup, bad = to, 0, 0, 0
end

function delay()
  return 5
end

function response(status, headers)
  local at = math.floor(millis() / SLICE)
  if at ~= slice then
    turn(at)
  end
  if status ~= 200 then
    bad = bad + 1
  elseif headers["X-Line"] == "primary" or headers["x-line"] == "primary" then
    primary = primary + 1
  else
    backup = backup + 1
  end
end

function done(summary, latency)
  local slow = 0
  for i = 1, #latency do
    local micros, count = latency(i)
    if micros > 200000 then
      slow = slow + count
    end
  end
  local e = summary.errors
  io.write("RESULT ", summary.requests, " ", e.connect + e.read + e.write + e.timeout, " ", slow, " ",
    math.floor(latency.max / 1000), "\n", thread:get("last"), "\n")
end
