vim.filetype.add({
  pattern = {
    ['.*%.duck%.ya?ml'] = 'duckflux',
    ['.*%.flow%.yaml'] = 'duckflux',
  },
})
