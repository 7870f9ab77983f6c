-- The thin gateway that nginx + Lua makes: it checks the key, parses the JSON body and adds up the usage of unstreamed answers.
local cjson = require "cjson.safe"
local gateway = { keys = {} }

function gateway.load(file)
  for line in io.lines(file) do gateway.keys[line] = true end
end

function gateway.access()
  local authorization = ngx.var.http_authorization
  if not authorization or not gateway.keys[authorization:sub(8)] then return ngx.exit(401) end
  ngx.req.read_body()
  local body = cjson.decode(ngx.req.get_body_data() or "")
  if not body or type(body.model) ~= "string" or type(body.messages) ~= "table" then return ngx.exit(400) end
  ngx.ctx.streamed = body.stream == true
end

function gateway.body_filter()
  if ngx.ctx.streamed then return end
  local parts = ngx.ctx.parts or {}
  ngx.ctx.parts = parts
  parts[#parts + 1] = ngx.arg[1]
  if not ngx.arg[2] then return end
  local answer = cjson.decode(table.concat(parts))
  if answer and answer.usage then ngx.shared.usage:incr("tokens", answer.usage.total_tokens or 0, 0) end
end

return gateway
