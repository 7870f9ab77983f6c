# What a real zsh, with compinit, offers for a line: one word a line. usage: zsh -f zsh_complete.zsh FOLDER LINE
# FOLDER holds _b3iq-host, as /usr/share/zsh/vendor-completions does. The shell runs on a terminal of its own (zpty).
main() {
  zmodload zsh/zpty
  zpty shell zsh -f -i
  local line
  # compadd tells what it is given instead of showing it; the shell ends behind the first completion.
  read -r -d '' line <<'SETUP'
PROMPT=''; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo
setup() {
  fpath=($1 $fpath)
  autoload -Uz compinit && compinit -u -D
  bindkey '^I' complete-word
  zstyle ':completion:*' insert-tab false
  comppostfuncs=(told)
  compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    local -a hits
    builtin compadd -A hits "$@"
    local hit
    for hit in $hits; do print -r -- "OFFER $hit"; done
    [[ $#hits -gt 0 ]]
  }
  told() { print -r -- OFFERED; exit }
}
SETUP
  zpty -w shell "$line"
  zpty -w shell "setup ${(q)1}; print -r -- RE''ADY"
  zpty -r -m shell line '*READY*' || return 1
  zpty -w -n shell "$2"$'\t'
  zpty -r -m shell line '*OFFERED*'
  print -r -- "${line//$'\r'/}" | sed -n 's/.*OFFER //p'
  zpty -d shell
}

main "$@"
