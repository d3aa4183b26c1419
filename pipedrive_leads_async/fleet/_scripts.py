"""The Lua scripts that Redis runs for a fleet, each as one transaction and by Redis's own clock.

The clocks of hosts differ by seconds, and a limiter that relies on them would admit a multiple of
the limit. All times are integers, in microseconds.
"""

from __future__ import annotations

from typing import Final

ASSIGN_SLOT: Final = """
-- Assign a slot to a request: the moment at which it may leave.
-- KEYS[1]: a hash with the limits that the fleet shares.
-- ARGV[1]: the request as JSON; {} only reports.
-- ARGV[2]: what the process has learned since its last report, as JSON.
-- Returns the verdict and the wait until the slot, or until the request should try again. A wait
-- of -1 means that another request is probing. If the verdict is GRANTED, the details of the slot
-- follow.
local GRANTED, EXHAUSTED, BLOCKED, RESERVED, TOO_LATE = 0, 1, 2, 3, 4
local SECOND = 1000000

local time = redis.call('TIME')
local now = time[1] * SECOND + time[2]
local MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
local LONGEST_PAUSE = 10 * MINUTE
local function put(field, value)
  redis.call('HSET', KEYS[1], field, value)
end
-- Return the whole number in a field if it is from low to high, else nil. Delete invalid values,
-- because renewing the hash would otherwise keep them alive.
local function get(field, low, high)
  local text = redis.call('HGET', KEYS[1], field)
  local value = tonumber(text)
  if value and low <= value and value <= high then -- NaN is not
    return math.floor(value)
  end
  if text then
    redis.call('HDEL', KEYS[1], field)
  end
end
local function get_moment(field, longest)
  return get(field, 0, now + longest)
end

-- 1. Store the report.
local report = cjson.decode(ARGV[2])
local ahead = (get('last_run', 0, 2 ^ 53) or now) - now
if ahead > 0 then
  -- The clock was set back, or belongs to another host now: move all stored moments with it.
  local moments = {
    'next', 'search_next', 'closed_until', 'search_closed_until', 'barred_until',
    'budget_seen_at', 'probe_until'
  }
  for _, field in ipairs(moments) do
    local moment = get(field, 0, 2 ^ 53)
    if moment then
      put(field, moment - ahead)
    end
  end
end
put('last_run', now)
redis.call('PEXPIRE', KEYS[1], 26 * HOUR / 1000) -- no barrier lasts longer
for _, window in ipairs({'', 'search_'}) do
  for _, field in ipairs({'limit', 'length'}) do
    if report[window .. field] then
      put(window .. field, report[window .. field])
    end
  end
end
for field, wait in pairs(report.closed) do
  -- A second report of the same pause differs by the time that the message takes: ignore that.
  wait = math.min(wait, LONGEST_PAUSE)
  if now + wait > (get_moment(field, LONGEST_PAUSE) or 0) + SECOND / 50 then
    put(field, now + wait)
  end
end
local function get_barrier()
  local barred_until, reason = get_moment('barred_until', 26 * HOUR), get('barrier', 1, 2)
  if barred_until and reason then
    return barred_until, reason
  end
  if barred_until or reason then -- one is useless without the other
    redis.call('HDEL', KEYS[1], 'barred_until', 'barrier')
  end
end
if report.barrier and now + report.barrier.wait > (get_barrier() or 0) + SECOND then
  put('barred_until', now + report.barrier.wait)
  put('barrier', report.barrier.reason)
end
if report.opened and report.opened == get_barrier() then
  redis.call('HDEL', KEYS[1], 'barred_until', 'barrier')
end
-- 'spent' counts all tokens that the fleet has spent, and 'budget_spent' those of them that
-- 'budget_left' already excludes. A response is ignored if it is older than the last one, or if
-- it counts more than 'spent': then Redis has lost its data since.
local budget, spent = report.budget, get('spent', 0, 2 ^ 53) or 0
if budget and (get('budget_spent', 0, spent) or 0) <= budget.spent and budget.spent <= spent then
  put('budget_left', budget.left)
  put('budget_spent', budget.spent)
  put('budget_seen_at', now)
end

local request = cjson.decode(ARGV[1])
if not request.window then
  return {}
end

-- 2. Refuse the request while a barrier lasts; one request probes a barrier that has ended.
local barred_until, reason = get_barrier()
local left, budget_spent = get('budget_left', 0, 10 ^ 12), get('budget_spent', 0, spent)
local seen_at = get_moment('budget_seen_at', 0)
if not barred_until and request.keep > 0 and left and budget_spent and seen_at then
  left = left - (spent - budget_spent)
  if request.slot == 0 then -- else its cost is part of 'spent'
    left = left - request.cost
  end
  if left < request.keep then
    barred_until, reason = seen_at + request.probe_interval, RESERVED
  end
end
local probes, probe_until = request.probes, get_moment('probe_until', 10 * SECOND)
if barred_until and barred_until ~= probes then
  if now < barred_until then
    return {reason, barred_until - now}
  end
  -- One request probes. If it never reports a response, another one does ten seconds later.
  if now < (probe_until or 0) then
    return {reason, -1}
  end
  put('probe_until', now + 10 * SECOND)
  probes = barred_until
end

-- 3. Confirm the slot that the request has, or assign the next one.
local limit = get(request.window .. 'limit', 1, 10000) or request.limit
local length = get(request.window .. 'length', SECOND / 100, 60 * SECOND) or 2 * SECOND
local closed_until = get_moment(request.window .. 'closed_until', LONGEST_PAUSE) or 0
-- Each process holds few slots at a time: the next one is soon after a pause.
local pause = math.max(0, closed_until - now)
local next_slot = get_moment(request.window .. 'next', pause + 10 * MINUTE)
-- Slots are a tenth further apart than the limit requires, because requests leave late and
-- arrive late by varying times.
local slack = math.floor(length / 20)
local pace = math.ceil((length + 2 * slack) / limit)
local slot = request.slot
-- A slot after the next one was assigned before the clock was set back.
if slot < closed_until or slot < now - slack or slot > (next_slot or slot) then
  slot = math.max(now, closed_until, next_slot or 0)
  if slot - now > request.patience then
    return {TOO_LATE, slot - now}
  end
  put(request.window .. 'next', slot + pace)
end
if request.slot == 0 then
  spent = spent + request.cost
  put('spent', spent)
end
return {GRANTED, slot - now, slot, slack, pace, limit, length, spent, probes}
"""

# An invalid version counts as 0, so that the token beside it can be replaced.
_VERSION: Final = """
local stored = redis.call('HMGET', KEYS[1], 'token', 'version')
local version = tonumber(stored[2])
if not (version and 0 <= version and version < 2 ^ 53) then
  version = 0
end
version = math.floor(version)
"""

LOAD: Final = f"""
-- Return a token and its version.
-- KEYS[1]: a hash with both.
{_VERSION}
return {{stored[1], version}}
"""

SAVE: Final = f"""
-- Save a token if the stored version is the expected one; return whether it was saved.
-- KEYS[1]: a hash with the token and its version.
-- ARGV[1]: the token. ARGV[2]: the expected version; empty replaces any.
{_VERSION}
if stored[1] == ARGV[1] then
  return 1 -- saved before, and the reply was lost
end
if ARGV[2] ~= '' and not (stored[1] and tonumber(ARGV[2]) == version) then
  return 0
end
-- The clock keeps versions unique even after Redis has lost its data.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', math.max(now, version + 1))
return 1
"""

TAKE_LEASE: Final = """
-- Take or extend a lease; return whether the owner holds it.
-- KEYS[1]: the owner of the lease. ARGV[1]: the new owner. ARGV[2]: its length, in milliseconds.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  -- A lease of more than a minute, or without an end, is invalid: let it expire.
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 or left > 60000 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
  end
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

RELEASE_LEASE: Final = """
-- Release a lease, unless another owner holds it.
-- KEYS[1]: the owner of the lease. ARGV[1]: the owner that releases it.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
"""
