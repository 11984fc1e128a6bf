# shellcheck shell=sh
# What record-desktop.sh and record-held-out.sh share; they source it. A recording keeps its command
# line, and its environment lies on its stack. So programs run in a scratch folder under relative
# names, with a PATH and an environment that are the same everywhere.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
script=$(basename -- "$0" .sh)
node=$(command -v node || echo node)
PATH=/usr/bin:/bin:/usr/games:/usr/lib/mupdf
export PATH
missing=

say() {
  echo "$script: $*" >&2
}

# Sets `out` and `names` from [--only NAME]… [FOLDER], where NAMES are all that there are.
parse_arguments() { # DEFAULT_FOLDER NAMES ARGUMENT…
  out=$1
  all=$2
  shift 2
  names=
  while [ $# -gt 0 ]; do
    case $1 in
      --only)
        case " $all " in
          *" ${2-} "*) names="$names $2" ;;
          *) say "no recording '${2-}'; there are $all"; exit 2 ;;
        esac
        shift 2
        ;;
      -*) say "no option $1; usage: $script.sh [--only NAME]… [FOLDER]"; exit 2 ;;
      *) out=$1; shift ;;
    esac
  done
  names=${names:-$all}
}

# Notes the package of a program, or of a file named by its path, that is not there.
need() { # PROGRAM_OR_FILE PACKAGE
  case $1 in
    /*) [ ! -e "$1" ] || return 0 ;;
    *) ! command -v "$1" >/dev/null || return 0 ;;
  esac
  case " $missing " in
    *" $2 "*) ;;
    *) missing="$missing $2" ;;
  esac
}

# Ends the script with the one line that installs all that is missing.
check_needs() {
  need "$node" nodejs
  need valgrind valgrind
  need awk mawk
  [ -n "$missing" ] || return 0
  say "programs are missing; apt-get install -y --no-install-recommends$missing"
  exit 1
}

# Goes to a scratch folder, which goes away with the script; so do the recording under way and the
# processes in `helpers`.
helpers=
recorder=
begin() {
  mkdir -p "$out"
  out=$(CDPATH='' cd -- "$out" && pwd)
  scratch=$(mktemp -d)
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  cd "$scratch" || exit 1
}

finish() {
  # A recording that is cut short is a valid trace, but not the one that its name promises.
  if [ -n "$recorder" ]; then
    kill "$recorder" 2>/dev/null || true
    wait "$recorder" || true
    rm -f "$out/$recording.plt"
  fi
  for helper in $helpers; do
    kill "$helper" 2>/dev/null || true
  done
  rm -rf "$scratch"
}

# Records a command; what it prints goes to NAME.out and is shown if it fails. `fixed` holds further
# assignments of its environment.
fixed=
record() { # NAME COMMAND…
  recording=$1
  shift
  say "$recording: recording $*"
  status=0
  # shellcheck disable=SC2086 # a list of assignments
  env -i PATH="$PATH" HOME=. LC_ALL=C TZ=UTC $fixed \
    "$node" "$root/packages/cli/bin/pagelend.js" trace record -q -o "$out/$recording.plt" -- "$@" \
    >"$recording.out" 2>&1 &
  # Waiting for it here, the shell takes signals at once.
  recorder=$!
  wait "$recorder" || status=$?
  recorder=
  [ $status -eq "${expected_status:-0}" ] || {
    say "$recording: status $status"
    tail -n 20 "$recording.out" >&2
    rm -f "$out/$recording.plt"
    return 1
  }
  say "$recording: $(wc -c <"$out/$recording.plt") bytes"
}

# Starts an X server on a display of its own choice and waits until it says which.
start_server() {
  Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp -noreset 3>display 2>server.out &
  server=$!
  helpers=$server
  while [ ! -s display ]; do
    kill -0 "$server" 2>/dev/null || { cat server.out >&2; exit 1; }
    sleep 0.2
  done
  DISPLAY=:$(cat display)
  export DISPLAY
  fixed="DISPLAY=$DISPLAY"
}

# Sends keys. A program that they do not reach would wait for ever; it ends with its server.
press() {
  xdotool "$@" || kill "$server"
}

# Lines of made-up words, common ones more often: WORDS VOCABULARY WORDS_PER_LINE SEED. The generator
# (Lehmer's, 31 bits) is exact in doubles, so every awk makes the same text.
text() {
  LC_ALL=C awk -v words="$1" -v vocabulary="$2" -v per="$3" -v x="$4" 'BEGIN {
    for (i = 1; i <= words; i++) {
      x = (x * 16807) % 2147483647
      r = x / 2147483647
      rest = int(vocabulary * r * r * r) * 7919 + 13
      do { line = line substr("etaoinshrdlucmfwypvbgkjqxz", rest % 26 + 1, 1); rest = int(rest / 26) } while (rest > 0)
      if (i % per == 0 || i == words) { print line; line = "" } else line = line " "
    }
  }'
}

# Whole numbers below LIMIT, one a line, the same in every run: COUNT LIMIT SEED.
numbers() {
  LC_ALL=C awk -v count="$1" -v limit="$2" -v x="$3" 'BEGIN {
    while (count-- > 0) { x = (x * 16807) % 2147483647; print int(x / 2147483647 * limit) }
  }'
}
