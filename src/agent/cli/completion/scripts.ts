/** What each shell runs to ask `meshbox complete` what may come next. */
export const scripts = { bash, zsh, fish }

/** Readline splits words at `=` and `:`, which are parts of ours. */
function bash(): string {
  return `_meshbox() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() found=() current
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[-1]}
  mapfile -t found < <("\${words[0]}" complete "\${words[@]:1}" 2> /dev/null)
  found=("\${found[@]%%$'\\t'*}")
  [[ \${found[0]-} == *= ]] && compopt -o nospace
  COMPREPLY=("\${found[@]#"\${current%"\${current##*[=:]}"}"}")
}
complete -o default -F _meshbox meshbox
`
}

function zsh(): string {
  return `#compdef meshbox
_meshbox() {
  local line
  local -a open whole
  for line in "\${(@f)$(\${words[1]} complete "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2> /dev/null)}"; do
    [[ -n $line ]] || continue
    local word=\${\${line%%$'\\t'*}//:/\\\\:} help=\${line#*$'\\t'}
    [[ $line == *$'\\t'* ]] || help=""
    if [[ $word == *= ]]; then open+=("$word:$help"); else whole+=("$word:$help"); fi
  done
  (( \${#open} + \${#whole} )) || { _files; return }
  (( \${#whole} )) && _describe -V meshbox whole
  (( \${#open} )) && _describe -V meshbox open -S ''
  return 0
}
if [[ \${funcstack[1]-} == _meshbox ]]; then _meshbox "$@"; else compdef _meshbox meshbox; fi
`
}

function fish(): string {
  return `function __meshbox_words
    set -l words (commandline -opc)
    $words[1] complete $words[2..-1] (commandline -ct) 2> /dev/null
end
function __meshbox_knows
    count (__meshbox_words) > /dev/null
end
complete -c meshbox -f -n __meshbox_knows -a '(__meshbox_words)'
`
}
