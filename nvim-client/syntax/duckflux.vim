runtime! syntax/yaml.vim
