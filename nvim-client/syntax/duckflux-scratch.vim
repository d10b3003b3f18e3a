if exists('b:current_syntax')
  finish
endif
syntax match duckfluxScratchComment '//.*$'
syntax match duckfluxScratchField '^//\s*\%(workflow\|at\)\s*:' contained containedin=duckfluxScratchComment
syntax region duckfluxScratchString start=/"/ skip=/\\./ end=/"/ oneline
syntax region duckfluxScratchString start=/'/ skip=/\\./ end=/'/ oneline
syntax match duckfluxScratchNumber '\<\d\+\%(\.\d\+\)\?\>'
syntax keyword duckfluxScratchConstant true false null
highlight default link duckfluxScratchComment Comment
highlight default link duckfluxScratchField Keyword
highlight default link duckfluxScratchString String
highlight default link duckfluxScratchNumber Number
highlight default link duckfluxScratchConstant Boolean
let b:current_syntax = 'duckflux-scratch'
