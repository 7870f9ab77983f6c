#!/usr/bin/env bash
# A control plane, three enrolled nodes with the embedded model and a customer with credit, all on loopback: what `./run network` starts once the programs
# are built. usage: tools/network.sh BIN_DIR [--once|--detach|--stop] [--home DIR]
#
# DIR (B3IQ_NETWORK_HOME, ~/.b3iq-network) keeps control/, node-1/ to node-3/ and customer/; --once without --home has a folder that is removed.
set -euo pipefail
export LC_ALL=C.UTF-8

NODES=3
WAIT_S=60
MODEL=b3iq-atlas-5m
CREDIT_WEI=1000000
STOP_WAIT_S=40  # beyond the 30 s that a stopping program gives the answers it is at

PIDS=()
TEMPORARY=''

say() { printf '%s\n' "$*"; }
die() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  [[ $# -eq 0 ]] || printf '       %s\n' "$@" >&2
  exit 1
}

# member FILE NAME: the text or number of a member of a flat JSON file; empty when there is none.
member() { sed -nE "s/.*\"$2\": ?\"?([^\",}]+)\"?.*/\1/p" "$1" 2>/dev/null | head -n 1 || true; }

control() { B3IQ_CONTROL_HOME=$HOME_DIR/control "$BIN/b3iq-control-plane" "$@"; }
customer() {
  B3IQ_GATEWAY_BASE_URL=$(control_url) B3IQ_CUSTOMER_ID=$(<"$HOME_DIR/customer/id") B3IQ_CUSTOMER_TOKEN_FILE=$HOME_DIR/customer/token \
    B3IQ_CUSTOMER_HOME=$HOME_DIR/customer/home "$BIN/b3iq" "$@"
}
host() { B3IQ_HOME=$HOME_DIR/node-$1 "$BIN/b3iq-host" "${@:2}"; }
control_url() { member "$HOME_DIR/control/run/control.json" url; }
node_url() { member "$HOME_DIR/node-$1/run/agent.json" url; }

answers() { [[ -n $1 ]] && curl -sf --max-time 2 -o /dev/null "$1$2"; }
control_is_ready() { answers "$(control_url)" /health/ready; }
node_is_up() { answers "$(node_url "$1")" /health; }

stop_all() {
  local pid
  for pid in "${PIDS[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${PIDS[@]}"; do
    timeout "$STOP_WAIT_S" tail --pid="$pid" -f /dev/null || kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  PIDS=()
}
clean_up() {
  stop_all
  [[ -z $TEMPORARY ]] || rm -rf "$TEMPORARY"
}

# wait_for PID LOG WHAT COMMAND...: until COMMAND succeeds; ends the script when the process ended or took too long.
wait_for() {
  local pid=$1 log=$2 what=$3 deadline=$((SECONDS + WAIT_S))
  shift 3
  until "$@"; do
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -n 15 "$log" >&2
      die "$what ended before it answered." "Its log: $log"
    fi
    ((SECONDS < deadline)) || die "$what did not answer within $WAIT_S s." "Its log: $log"
    sleep 0.05
  done
}

# A port that nothing listens on. It stays in the home's config.json: enrolled nodes look for their control plane there.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port" && return; }
  done
}

start_control_plane() {
  local log=$HOME_DIR/control.log address
  if [[ ! -e $HOME_DIR/control/config.json ]]; then
    address=127.0.0.1:$(free_port)
    control init --listen "$address" --public-url "http://$address" >"$log" 2>&1 ||
      die "no control plane could be made in $HOME_DIR/control." "Its log: $log"
  fi
  # In a session of its own, so that Ctrl-C reaches this script first.
  B3IQ_CONTROL_HOME=$HOME_DIR/control setsid "$BIN/b3iq-control-plane" serve >>"$log" 2>&1 </dev/null &
  PIDS+=($!)
  wait_for $! "$log" "the control plane" control_is_ready
  say "  ok  the control plane answers on $(control_url)"
}

# The operator's credential, made once; the file is readable by its owner alone.
admin_credential() {
  local file=$1
  [[ ! -s $file ]] || return 0
  control admin bootstrap --out "$file" >>"$HOME_DIR/control.log" 2>&1 ||
    die "the control plane made no admin credential." "Its log: $HOME_DIR/control.log"
  say "  ok  made an admin credential, kept in $file"
}

start_node() {
  local number=$1 log=$HOME_DIR/node-$1.log
  [[ -e $HOME_DIR/node-$number/config.json ]] || host "$number" init >"$log" 2>&1 || die "node $number could not be made." "Its log: $log"
  B3IQ_HOME=$HOME_DIR/node-$number setsid "$BIN/b3iq-host" serve --listen 127.0.0.1:0 >>"$log" 2>&1 </dev/null &
  PIDS+=($!)
  wait_for $! "$log" "node $number" node_is_up "$number"
  say "  ok  node $number answers on $(node_url "$number")"
}

is_enrolled() { host "$1" status --json 2>/dev/null | grep -q '"id": *"b3c_'; }
takes_private_jobs() { host "$1" status --json 2>/dev/null | grep -q '"private_inference"'; }

enroll() {
  local number=$1 file=$HOME_DIR/node-$1.token
  if is_enrolled "$number"; then
    ! takes_private_jobs "$number" || return 0
    # A home that was made before private jobs were: its owner, this script, allows them with a new enrollment.
    host "$number" unenroll >>"$HOME_DIR/node-$number.log" 2>&1 || die "node $number could not leave." "Its log: $HOME_DIR/node-$number.log"
  fi
  rm -f "$file"
  control admin tokens create --note "node $number" --out "$file" >>"$HOME_DIR/control.log" 2>&1 ||
    die "the control plane made no enrollment token." "Its log: $HOME_DIR/control.log"
  host "$number" enroll --control-plane "$(control_url)" --token-file "$file" --allow private_inference >>"$HOME_DIR/node-$number.log" 2>&1 ||
    die "node $number could not enroll." "Its log: $HOME_DIR/node-$number.log" "The control plane's: $HOME_DIR/control.log"
  rm -f "$file"
  say "  ok  node $number is enrolled"
}

# What a node's owner says for private jobs: the network may use the model, for pay too.
allow_model() {
  host "$1" models allow "$MODEL" >>"$HOME_DIR/node-$1.log" 2>&1 || die "node $1 did not allow $MODEL." "Its log: $HOME_DIR/node-$1.log"
}

# A customer with a token and credit, made once.
make_customer() {
  local dir=$HOME_DIR/customer log=$HOME_DIR/control.log id
  [[ ! -s $dir/token ]] || return 0
  mkdir -p -m 700 "$dir"
  id=$(control admin customers create --name "You" --json 2>>"$log" | grep -oE 'cus_[0-9A-Z]+' | head -n 1) || id=''
  [[ -n $id ]] || die "the control plane made no customer." "Its log: $log"
  printf '%s\n' "$id" >"$dir/id"
  { control admin customers credit "$id" --amount "$CREDIT_WEI" --reference first &&
    rm -f "$dir/token" && control admin customers tokens create "$id" --note "./run network" --out "$dir/token"; } >>"$log" 2>&1 ||
    die "the control plane gave the customer no credit or no token." "Its log: $log"
  say "  ok  made a customer with $CREDIT_WEI wei of credit, kept in $dir"
}

# A private job from end to end, so that what is printed below is known to work.
ask_privately() {
  local log=$HOME_DIR/customer.log deadline=$((SECONDS + WAIT_S)) answer
  until answer=$(customer private send --prompt --model "$MODEL" 2>>"$log" <<<"What is the capital of France?"); do
    ((SECONDS < deadline)) || die "no node answered a private job within $WAIT_S s." "The customer's log: $log"
    sleep 0.5
  done
  say "  ok  a sealed request was answered: $answer"
}

nodes_online() {
  local online
  online=$(curl -sf --max-time 2 "$(control_url)/v1/public/network" | sed -nE 's/.*"nodes_online": ?([0-9]+).*/\1/p')
  ((${online:-0} >= NODES))
}

print_addresses() {
  local number
  cat <<TEXT

Control plane   $(control_url)
  public API    curl -s $(control_url)/v1/public/network
                curl -s $(control_url)/v1/public/nodes
  admin API     curl -s $(control_url)/v1/admin/nodes -H "Authorization: Bearer \$(cat $HOME_DIR/admin-credential)"
  its command   B3IQ_CONTROL_HOME=$HOME_DIR/control $BIN/b3iq-control-plane admin nodes list
  admin key     $HOME_DIR/admin-credential
TEXT
  for ((number = 1; number <= NODES; number++)); do
    say "Node $number          $(node_url "$number")   B3IQ_HOME=$HOME_DIR/node-$number $BIN/b3iq-host status"
  done
  cat <<TEXT
A customer      $(<"$HOME_DIR/customer/id"), with credit; its private requests can be read by the node that answers, and by nothing between
  once          export B3IQ_GATEWAY_BASE_URL=$(control_url) B3IQ_CUSTOMER_ID=$(<"$HOME_DIR/customer/id")
                export B3IQ_CUSTOMER_TOKEN_FILE=$HOME_DIR/customer/token B3IQ_CUSTOMER_HOME=$HOME_DIR/customer/home
  then          echo "What is the capital of Japan?" | $BIN/b3iq private send --prompt --model $MODEL
                $BIN/b3iq private list
                $BIN/b3iq private proxy      # any OpenAI client, at http://127.0.0.1:8832/v1
                curl -s $(control_url)/v1/billing/usage -H "X-B3IQ-Customer-ID: \$B3IQ_CUSTOMER_ID" -H "X-B3IQ-Customer-Token: \$(cat \$B3IQ_CUSTOMER_TOKEN_FILE)"
TEXT
  say "Logs            $HOME_DIR/control.log, $HOME_DIR/node-1.log to node-$NODES.log"
  say ""
}

# pid_in FILE PROGRAM: the process that the file names, where it still runs that program (which may have been built anew since).
pid_in() {
  local pid
  pid=$(member "$1" pid)
  if [[ -n $pid && $(readlink "/proc/$pid/exe" 2>/dev/null) == */"$2"* ]]; then printf '%s' "$pid"; fi
}

stop_running() {
  local number pid
  for ((number = 1; number <= NODES; number++)); do
    pid=$(pid_in "$HOME_DIR/node-$number/run/agent.json" b3iq-host)
    [[ -z $pid ]] || PIDS+=("$pid")
  done
  pid=$(pid_in "$HOME_DIR/control/run/control.json" b3iq-control-plane)
  [[ -z $pid ]] || PIDS+=("$pid")
  ((${#PIDS[@]} > 0)) || { say "Nothing of $HOME_DIR is running." && return; }
  stop_all
  say "The control plane and its nodes are stopped. What they keep is in $HOME_DIR"
}

keep_serving() {
  case $1 in
    once)
      stop_all
      say "The control plane and its nodes are stopped (--once, or no terminal). Keep them: ./run network --detach"
      ;;
    detach)
      say "They keep running. Stop them: ./run network --stop${HOME_WORDS}"
      disown -a
      PIDS=()
      ;;
    foreground)
      trap 'printf "\n"; stop_all; say "The control plane and its nodes are stopped."; exit 0' INT
      say "Serving until Ctrl-C."
      wait -n "${PIDS[@]}" || true
      die "one of them ended by itself." "Its log is in $HOME_DIR"
      ;;
  esac
}

main() {
  local mode='' number deadline HOME_WORDS=''
  BIN=${1:?usage: tools/network.sh BIN_DIR [--once|--detach|--stop] [--home DIR]}
  shift
  HOME_DIR=''
  while (($# > 0)); do
    case $1 in
      --once) mode=once ;;
      --detach) mode=detach ;;
      --stop) mode=stop ;;
      --home)
        [[ $# -gt 1 ]] || die "--home needs a folder"
        HOME_DIR=$2
        HOME_WORDS=" --home $2"
        shift
        ;;
      *) die "unknown option for ./run network: $1" "See ./run help" ;;
    esac
    shift
  done
  if [[ -z $mode ]]; then
    mode=once
    [[ ! -t 0 || ! -t 1 || ${CI:-} == true ]] || mode=foreground
  fi
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  unset B3IQ_HOME B3IQ_LISTEN B3IQ_CONTROL_HOME B3IQ_CONTROL_LISTEN B3IQ_CONTROL_DATABASE
  if [[ -z $HOME_DIR && $mode == once ]]; then
    TEMPORARY=$(mktemp -d)
    HOME_DIR=$TEMPORARY
  fi
  HOME_DIR=${HOME_DIR:-${B3IQ_NETWORK_HOME:-$HOME/.b3iq-network}}
  mkdir -p -m 700 "$HOME_DIR"
  HOME_DIR=$(realpath "$HOME_DIR")
  if [[ $mode == stop ]]; then
    stop_running
    return 0
  fi
  if control_is_ready; then
    say "  ok  a control plane is already running for $HOME_DIR"
    print_addresses
    return 0
  fi
  start_control_plane
  admin_credential "$HOME_DIR/admin-credential"
  for ((number = 1; number <= NODES; number++)); do start_node "$number"; done
  for ((number = 1; number <= NODES; number++)); do enroll "$number"; done
  deadline=$((SECONDS + WAIT_S))
  until nodes_online; do
    ((SECONDS < deadline)) || die "the public API does not show $NODES nodes online after $WAIT_S s." "Logs: $HOME_DIR"
    sleep 0.2
  done
  say "  ok  the public API shows $NODES nodes online"
  for ((number = 1; number <= NODES; number++)); do allow_model "$number"; done
  make_customer
  ask_privately
  print_addresses
  keep_serving "$mode"
}

main "$@"
