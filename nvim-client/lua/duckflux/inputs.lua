local M = {}

--- Calls `start(callback)` and waits, without blocking Neovim, for what the callback is given.
local function await(start)
  local thread = coroutine.running()
  local done, result = false, nil
  start(function(value)
    done, result = true, value
    if coroutine.status(thread) == 'suspended' then
      coroutine.resume(thread)
    end
  end)
  if not done then
    coroutine.yield()
  end
  return result
end

local function given(value)
  return value ~= nil and value ~= vim.NIL
end

local function as_text(value)
  return type(value) == 'string' and value or vim.json.encode(value)
end

local function prompt_of(input)
  local text = given(input.description) and ('%s (%s)'):format(input.name, input.description) or input.name
  local is_json = vim.tbl_contains({ 'array', 'object', 'json' }, input.type)
  return text .. (is_json and ' as JSON: ' or ': ')
end

local function choose(input, choices)
  return await(function(callback)
    vim.ui.select(choices, { prompt = prompt_of(input), format_item = as_text }, callback)
  end)
end

local function ask_secret(input)
  local text = vim.fn.inputsecret(prompt_of(input))
  return text ~= '' and text or nil
end

local function ask_text(input)
  local default = given(input.default) and as_text(input.default) or nil
  return await(function(callback)
    vim.ui.input({ prompt = prompt_of(input), default = default }, callback)
  end)
end

local function ask(input)
  if given(input.enum) then
    return choose(input, input.enum)
  elseif input.type == 'boolean' then
    return choose(input, { true, false })
  elseif input.secret then
    return ask_secret(input)
  end
  return ask_text(input)
end

--- The server asks for the inputs that a run still needs and turns text into the declared types.
function M.ask(_, params)
  local values = vim.empty_dict()
  for _, input in ipairs(params.inputs) do
    local value = ask(input)
    if value == nil then
      return vim.NIL
    end
    values[input.name] = value
  end
  return { inputs = values }
end

--- The server asks for one of several; the answer counts from 0.
function M.choose(_, params)
  local index = await(function(callback)
    vim.ui.select(params.items, { prompt = params.title }, function(_, index)
      callback(index)
    end)
  end)
  return index and index - 1 or vim.NIL
end

return M
