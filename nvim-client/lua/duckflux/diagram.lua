--- The flow diagram of a workflow, in what the system shows SVG files with.
local server = require('duckflux.server')

local M = {}

--- Opens the diagram of a buffer.
function M.show(bufnr)
  server.execute(bufnr, 'diagram', { styled = true }, function(found)
    -- Neovim removes the folder of its temporary files when it ends.
    local file = vim.fn.tempname() .. '.svg'
    vim.fn.writefile(vim.split(found.svg, '\n', { plain = true }), file)
    local _, problem = vim.ui.open(file)
    if problem then
      vim.notify(('duckflux: %s: the diagram is in %s'):format(problem, file), vim.log.levels.ERROR)
    end
  end)
end

return M
