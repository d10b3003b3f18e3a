vim.filetype.add({
  pattern = {
    ['.*%.duck%.ya?ml'] = 'duckflux',
    ['.*%.flow%.ya?ml'] = 'duckflux',
    ['.*%.ducktest%.ya?ml'] = 'duckflux',
    ['.*%.scratch%.cel'] = 'duckflux-scratch',
  },
})
