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
-- Returns the verdict and the wait until the slot, or until another attempt makes sense. A wait
-- of -1 means that another request is probing. After GRANTED follow the details of the slot.
local GRANTED, EXHAUSTED, BLOCKED, RESERVED, TOO_LATE = 0, 1, 2, 3, 4
local SECOND = 1000000

local time = redis.call('TIME')
local now = time[1] * SECOND + time[2]
local function get(field, default)
  return tonumber(redis.call('HGET', KEYS[1], field)) or default
end
local function put(field, value)
  redis.call('HSET', KEYS[1], field, value)
end

-- 1. Store the report.
local report = cjson.decode(ARGV[2])
local ahead = get('last_run', now) - now
if ahead > 0 then
  -- The clock was set back, or belongs to another host now: move all stored moments with it.
  local moments = {
    'next', 'search_next', 'closed_until', 'search_closed_until', 'barred_until',
    'budget_seen_at', 'probe_until'
  }
  for _, field in ipairs(moments) do
    local moment = get(field)
    if moment then
      put(field, moment - ahead)
    end
  end
end
put('last_run', now)
redis.call('PEXPIRE', KEYS[1], 26 * 3600 * 1000) -- no barrier lasts longer
for _, window in ipairs({'', 'search_'}) do
  if report[window .. 'limit'] then
    put(window .. 'limit', report[window .. 'limit'])
  end
  if report[window .. 'length'] then
    -- The longest counts: a process that started later has seen only the rest of a window.
    put(window .. 'length', math.max(report[window .. 'length'], get(window .. 'length', 0)))
  end
end
for field, wait in pairs(report.closed) do
  -- A second report of the same pause differs by the time that the message takes: ignore that.
  if now + wait > get(field, 0) + SECOND / 50 then
    put(field, now + wait)
  end
end
if report.barrier and now + report.barrier.wait > get('barred_until', 0) + SECOND then
  put('barred_until', now + report.barrier.wait)
  put('barrier', report.barrier.reason)
end
if report.opened and report.opened == get('barred_until') then
  redis.call('HDEL', KEYS[1], 'barred_until')
end
-- 'spent' counts all tokens that the fleet has spent, and 'budget_spent' those of them that
-- 'budget_left' already excludes. A response is ignored if it is older than the last one, or if
-- it counts more than 'spent': then Redis has lost its data since.
local budget, spent = report.budget, get('spent', 0)
if budget and get('budget_spent', 0) <= budget.spent and budget.spent <= spent then
  put('budget_left', budget.left)
  put('budget_spent', budget.spent)
  put('budget_seen_at', now)
end

local request = cjson.decode(ARGV[1])
if not request.window then
  return {}
end

-- 2. Refuse the request while a barrier lasts; one request probes a barrier that has ended.
local barred_until, reason = get('barred_until'), get('barrier')
local left = get('budget_left')
if not barred_until and request.keep > 0 and left then
  left = left - (spent - get('budget_spent'))
  if request.slot == 0 then -- else its cost is part of 'spent'
    left = left - request.cost
  end
  if left < request.keep then
    barred_until, reason = get('budget_seen_at') + request.probe_interval, RESERVED
  end
end
local probes = request.probes
if barred_until and barred_until ~= probes then
  if now < barred_until then
    return {reason, barred_until - now}
  end
  -- One request probes. If it never reports a response, another one does ten seconds later.
  if now < get('probe_until', 0) then
    return {reason, -1}
  end
  put('probe_until', now + 10 * SECOND)
  probes = barred_until
end

-- 3. Confirm the slot that the request has, or assign the next one.
local limit = get(request.window .. 'limit', request.limit)
local length = get(request.window .. 'length', 2 * SECOND)
local closed_until = get(request.window .. 'closed_until', 0)
-- Slots are a tenth further apart than the limit requires, because requests leave late and
-- arrive late by varying times.
local slack = math.floor(length / 20)
local pace = math.ceil((length + 2 * slack) / limit)
local slot = request.slot
-- A slot after the next one was assigned before the clock was set back.
if slot < closed_until or slot < now - slack or slot > get(request.window .. 'next', slot) then
  slot = math.max(now, closed_until, get(request.window .. 'next', 0))
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

LOAD: Final = """
-- Return a token and its version.
-- KEYS[1]: a hash with both.
local stored = redis.call('HMGET', KEYS[1], 'token', 'version')
return {stored[1], tonumber(stored[2]) or 0}
"""

SAVE: Final = """
-- Save a token if the stored version is the expected one; return whether it was saved.
-- KEYS[1]: a hash with the token and its version.
-- ARGV[1]: the token. ARGV[2]: the expected version; empty replaces any.
local stored = redis.call('HMGET', KEYS[1], 'token', 'version')
local version = tonumber(stored[2])
if stored[1] == ARGV[1] then
  return 1 -- saved before, and the reply was lost
end
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= version then
  return 0
end
-- The clock keeps versions unique even after Redis has lost its data.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', math.max(now, (version or 0) + 1))
return 1
"""

TAKE_LEASE: Final = """
-- Take or extend a lease; return whether the owner holds it.
-- KEYS[1]: the owner of the lease. ARGV[1]: the new owner. ARGV[2]: its length, in milliseconds.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
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
