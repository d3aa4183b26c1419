"""The Lua that Redis runs for a fleet: each script whole or not at all, by Redis's own clock.

The clocks of hosts differ by seconds, and limiters that believe them let through a multiple.
All times are whole microseconds.
"""

from __future__ import annotations

from typing import Final


class UnreachableError(Exception):
    """No answer came from Redis, or not one to what was asked."""


ADMIT: Final = """
-- KEYS[1]: a hash that the fleet shares. ARGV[1]: what a worker asks, none if it only tells.
-- ARGV[2]: what it has seen since it asked last.
local GRANTED, EXHAUSTED, BLOCKED, KEPT, TOO_LATE = 0, 1, 2, 3, 4
local SECOND = 1000000

local time = redis.call('TIME')
local now = time[1] * SECOND + time[2]
local function get(field, otherwise)
  return tonumber(redis.call('HGET', KEYS[1], field)) or otherwise
end
local function put(field, value)
  redis.call('HSET', KEYS[1], field, value)
end

local told = cjson.decode(ARGV[2])
local ahead = get('used', now) - now
if ahead > 0 then
  -- The clock was set back, or is another host's: so is all that was noted by it.
  local moments = {'next', 'search_next', 'closed', 'search_closed', 'barred', 'seen', 'probe'}
  for _, field in ipairs(moments) do
    local moment = get(field)
    if moment then
      put(field, moment - ahead)
    end
  end
end
put('used', now)
redis.call('PEXPIRE', KEYS[1], 26 * 3600 * 1000) -- nothing is closed for longer
for _, window in ipairs({'', 'search_'}) do
  if told[window .. 'limit'] then
    put(window .. 'limit', told[window .. 'limit'])
  end
  if told[window .. 'length'] then
    -- A worker that came later has seen only the rest of a window.
    put(window .. 'length', math.max(told[window .. 'length'], get(window .. 'length', 0)))
  end
end
for field, wait in pairs(told.closed) do
  -- Told twice, it differs by the time that a message takes.
  if now + wait > get(field, 0) + SECOND / 50 then
    put(field, now + wait)
  end
end
if told.barrier and now + told.barrier.wait > get('barred', 0) + SECOND then
  put('barred', now + told.barrier.wait)
  put('why', told.barrier.why)
end
if told.opened and told.opened == get('barred') then
  redis.call('HDEL', KEYS[1], 'barred')
end
local budget, spent = told.budget, get('spent', 0)
if budget and get('mark', 0) <= budget.mark and budget.mark <= spent then
  put('left', budget.left)
  put('mark', budget.mark)
  put('seen', now)
end

local ask = cjson.decode(ARGV[1])
if not ask.window then
  return {}
end

local barred, why = get('barred'), get('why')
local left = get('left')
if not barred and ask.keep > 0 and left then
  -- Less all that was spent since the request whose answer told it; a held slot is in it.
  local rest = left - (spent - get('mark'))
  if ask.slot == 0 then
    rest = rest - ask.cost
  end
  if rest < ask.keep then
    barred, why = get('seen') + ask.probe_interval, KEPT
  end
end
local trying = ask.trying
if barred and barred ~= trying then
  if now < barred then
    return {why, barred - now}
  end
  -- One tries. If nobody hears what became of it, another does.
  if now < get('probe', 0) then
    return {why, -1}
  end
  put('probe', now + 10 * SECOND)
  trying = barred
end

local limit = get(ask.window .. 'limit', ask.limit)
local length = get(ask.window .. 'length', 2 * SECOND)
local closed = get(ask.window .. 'closed', 0)
-- Slots are a tenth further apart than the limit asks: requests leave and arrive more or less late.
local slack = math.floor(length / 20)
local pace = math.ceil((length + 2 * slack) / limit)
local slot = ask.slot
-- A slot behind the next one is of the time before the clock was set back.
if slot < closed or slot < now - slack or slot > get(ask.window .. 'next', slot) then
  slot = math.max(now, closed, get(ask.window .. 'next', 0))
  if slot - now > ask.patience then
    return {TOO_LATE, slot - now}
  end
  put(ask.window .. 'next', slot + pace)
end
if ask.slot == 0 then
  spent = spent + ask.cost
  put('spent', spent)
end
return {GRANTED, slot - now, slot, slack, pace, limit, length, spent, trying}
"""

LOAD: Final = """
-- KEYS[1]: a hash with a token and its version.
local stored = redis.call('HMGET', KEYS[1], 'token', 'version')
return {stored[1], tonumber(stored[2]) or 0}
"""

SAVE: Final = """
-- ARGV[1]: the token. ARGV[2]: the version that it replaces, empty for any.
local stored = redis.call('HMGET', KEYS[1], 'token', 'version')
local version = tonumber(stored[2])
if stored[1] == ARGV[1] then
  return 1 -- the answer to it was lost
end
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= version then
  return 0
end
-- A version never comes twice, not even after Redis forgot all.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', math.max(now, (version or 0) + 1))
return 1
"""

LEASE: Final = """
-- KEYS[1]: a text that says who holds it. ARGV: who takes or keeps it, for how many ms.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
"""
