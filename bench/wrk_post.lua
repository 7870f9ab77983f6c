-- wrk -s wrk_post.lua URL -- BODY_FILE KEY_FILE [HEADER VALUE]...
-- POSTs one body with a key for ever and prints one JSON line with the result at the end.
local function read_file(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  wrk.method = "POST"
  wrk.body = read_file(args[1])
  wrk.headers["content-type"] = "application/json"
  wrk.headers["authorization"] = "Bearer " .. read_file(args[2]):gsub("%s+$", "")
  for i = 3, #args - 1, 2 do
    wrk.headers[args[i]] = args[i + 1]
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nWRK {"requests":%d,"duration_us":%d,"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, e.connect + e.read + e.write + e.status + e.timeout))
end
