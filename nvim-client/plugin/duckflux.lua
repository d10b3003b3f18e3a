vim.treesitter.language.register('yaml', 'duckflux')
