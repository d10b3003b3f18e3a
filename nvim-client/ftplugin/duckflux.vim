runtime! ftplugin/yaml.vim
