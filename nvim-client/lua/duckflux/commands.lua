--- The commands of a workflow's buffer.
local diagram = require('duckflux.diagram')
local last_run = require('duckflux.last_run')
local runs = require('duckflux.runs')
local server = require('duckflux.server')
local trace = require('duckflux.trace')

local M = {}

--- `name=value` words as inputs; the server turns the texts into the declared types.
local function inputs_of(words)
  local inputs = vim.empty_dict()
  for _, word in ipairs(words) do
    local name, value = word:match('^([^=]+)=(.*)$')
    if not name then
      error(('duckflux: `%s` is not a name=value'):format(word), 0)
    end
    inputs[name] = value
  end
  return inputs
end

local function run(bufnr, command)
  local ok, inputs = pcall(inputs_of, command.fargs)
  if not ok then
    vim.notify(inputs, vim.log.levels.ERROR)
    return
  end
  server.execute(bufnr, 'run', { inputs = inputs, ask = command.bang and 'all' or nil })
end

--- Where the cursor is, as the server counts.
local function position(bufnr)
  local encoding = server.client(bufnr).offset_encoding
  return { position = vim.lsp.util.make_position_params(0, encoding).position }
end

--- What is selected, or the cursor, as the server counts.
local function range(bufnr, command)
  if command.range == 0 then
    local at = position(bufnr).position
    return { start = at, ['end'] = at }
  end
  local encoding = server.client(bufnr).offset_encoding
  return vim.lsp.util.make_given_range_params(nil, nil, bufnr, encoding).range
end

local function show(bufnr, file)
  if file == '' then
    trace.show_last(bufnr)
  else
    trace.show(bufnr, vim.fn.fnamemodify(file, ':p'))
  end
end

--- Creates the commands of a buffer.
function M.create(bufnr)
  local function create(name, execute, desc, more)
    local options = vim.tbl_extend('error', { desc = desc }, more or {})
    vim.api.nvim_buf_create_user_command(bufnr, name, execute, options)
  end
  local function plain(name, command, desc)
    create(name, function()
      server.execute(bufnr, command)
    end, desc)
  end
  local function at_cursor(name, command, desc)
    create(name, function()
      server.execute(bufnr, command, position(bufnr))
    end, desc)
  end
  create('DuckfluxRun', function(command)
    run(bufnr, command)
  end, 'Run this workflow with a trace; `name=value` gives inputs, ! asks for all', { nargs = '*', bang = true })
  plain('DuckfluxCancel', 'cancel', 'End the run of this workflow and all its processes')
  at_cursor(
    'DuckfluxAnswer',
    'answer',
    'Give the run the event that it waits for: that of the step at the cursor, else the first'
  )
  plain('DuckfluxResume', 'resume', 'Go on with the last run where it failed or was stopped')
  plain('DuckfluxReplay', 'replay', 'Try the expressions again on what the steps of the last run gave back')
  at_cursor('DuckfluxRunUntil', 'runUntil', 'Run this workflow up to the step at the cursor')
  at_cursor('DuckfluxRunFrom', 'runFrom', 'Run the last run again, from the step at the cursor on')
  create('DuckfluxTrace', function(command)
    show(bufnr, command.args)
  end, "Show the trace of this workflow's last run, or of a file", { nargs = '?', complete = 'file' })
  create('DuckfluxShowTrace', function(command)
    server.execute(bufnr, 'showTrace', { tracePath = vim.fn.fnamemodify(command.args, ':p') })
  end, 'Show the results of a trace file on the lines of this workflow', { nargs = 1, complete = 'file' })
  create('DuckfluxCompare', function(command)
    last_run.compare(bufnr, command.fargs)
  end, 'Show on the lines how two runs differ: trace files, else those that you choose', { nargs = '*', complete = 'file' })
  plain('DuckfluxStopComparing', 'stopComparing', 'Show the last run alone again')
  create('DuckfluxEvaluate', function(command)
    if server.client(bufnr) then
      last_run.evaluate(bufnr, range(bufnr, command), command.args)
    end
  end, 'Show the value of an expression in the last run: typed, selected, or at the cursor', { nargs = '*', range = true })
  create('DuckfluxScratch', function(command)
    if server.client(bufnr) then
      last_run.open_scratch(bufnr, range(bufnr, command))
    end
  end, 'Open a text for expressions, each with its value in the last run', { range = true })
  create('DuckfluxStepOutput', function()
    server.execute(bufnr, 'stepOutput', position(bufnr), function(found)
      runs.show_step_output(bufnr, found)
    end)
  end, 'Show what the step at the cursor prints, while it runs and later')
  create('DuckfluxDiagram', function()
    diagram.show(bufnr)
  end, "Open the flow diagram of this workflow, with its last run's results")
  create('DuckfluxOutput', runs.show_output, 'Show what the steps of runs print')
end

return M
