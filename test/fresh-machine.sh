#!/usr/bin/env bash
# What a stranger does first, on this machine: clone, npm ci, npm start. Then what a machine does to it: kill -9, and a
# service manager's SIGTERM. Prints how long each step took; ends with 0 only if all of it went well.
#
#   test/fresh-machine.sh [--private] [--nobody] [--copy] [--keep]
#
#   --private   below a folder that only root can enter (as root: /root/x is the usual place to try something)
#   --nobody    as the user nobody, with a HOME of its own (as root)
#   --copy      the files as they stand now, in place of the last commit
#   --keep      leave the folder and its log where they are
set -euo pipefail

private=no nobody=no copy=no keep=no
for argument in "$@"; do
  case "$argument" in
    --private) private=yes ;;
    --nobody) nobody=yes ;;
    --copy) copy=yes ;;
    --keep) keep=yes ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
if [ "$(id -u)" != 0 ] && [ "$private$nobody" != nono ]; then
  echo 'skipped: --private and --nobody need root'
  exit 0
fi
if [ "$private$nobody" = yesyes ]; then
  echo 'nobody cannot enter a private folder: choose one of the two'
  exit 2
fi

repository=$(cd "$(dirname "$0")/.." && pwd)
base=$(mktemp -d "${TMPDIR:-/tmp}/tidings-fresh-XXXXXX")
chmod "$([ "$private" = yes ] && echo 700 || echo 755)" "$base"
folder="$base/tidings" home="$base/home" log="$base/start.log"
mkdir "$home"
tree=

# The start of our process and everything below it: pids are collected from the parents, never found by name.
descendants() {
  local pid
  echo "$1"
  for pid in $(ps -A -o pid=,ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do descendants "$pid"; done
}

alive() {
  local pid
  # A zombie is over; only its parent has not noticed yet.
  for pid in "$@"; do case "$(ps -o stat= -p "$pid" 2>/dev/null)" in '' | Z*) ;; *) echo "$pid" ;; esac; done
}

clean_up() {
  local pids
  pids=$(alive $tree)
  [ -z "$pids" ] || kill -9 $pids 2>/dev/null || true
  if [ "$keep" = yes ]; then echo "kept: $base"; return; fi
  # A supervisor may still be writing the end of its database; the state folder is named in WHERE.
  sleep 1
  local where
  for where in "$folder"/data/WHERE; do
    if [ -f "$where" ]; then case "$(head -n 1 "$where")" in */tidings-*) rm -rf "$(head -n 1 "$where")" ;; esac; fi
  done
  rm -rf "$base"
}
trap clean_up EXIT

fail() {
  echo "FAILED: $1"
  [ ! -f "$log" ] || tail -n 30 "$log"
  exit 1
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

step() { # <name> <command…>
  local name=$1 begun
  shift
  begun=$(now_ms)
  "$@" || fail "$name"
  printf '%-48s %6d ms\n' "$name" $(($(now_ms) - begun))
}

# A shell of that user with nothing of ours in it: a variable that only developers have set hides what others meet.
as_user() {
  local clean=(env -i "HOME=$home" "PATH=/usr/local/bin:/usr/bin:/bin" "LANG=C.UTF-8" "$@")
  if [ "$nobody" = yes ]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "${clean[@]}"
  else
    "${clean[@]}"
  fi
}

get_files() {
  if [ "$copy" = yes ]; then
    mkdir "$folder"
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard |
      tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null) | tar -xf - -C "$folder"
  else
    git clone --quiet "$repository" "$folder"
  fi
  # Cloned by us and given away: git refuses a repository of another user.
  [ "$nobody" = no ] || chown -R 65534:65534 "$folder" "$home"
}

install() { (cd "$folder" && as_user npm ci --loglevel=error >"$base/npm.log" 2>&1) || { grep -v "^npm error *$" "$base/npm.log" | head -n 12; return 1; }; }

start() {
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  : >"$log"
  # exec: the pid is npm's own, not that of a shell around it.
  (cd "$folder" && exec env -i "HOME=$home" "PATH=/usr/local/bin:/usr/bin:/bin" LANG=C.UTF-8 "PORT=$port" \
    $([ "$nobody" = no ] || echo setpriv --reuid=65534 --regid=65534 --clear-groups) npm start >"$log" 2>&1) &
  npm=$!
  local tries
  for tries in $(seq 600); do
    if grep -q "http://127\.0\.0\.1:$port" "$log"; then tree=$(descendants "$npm"); return 0; fi
    [ -n "$(alive "$npm")" ] || return 1
    sleep 0.1
  done
  return 1
}

healthy() {
  local status
  status=$(node -e 'fetch(process.argv[1]).then(r => console.log(r.status), e => console.log(e.message))' \
    "http://127.0.0.1:$port/health")
  [ "$status" = 200 ] || { echo "/health answered: $status"; return 1; }
}

kill_tree() { # all frozen before any dies, so that nobody can clear up
  kill -STOP $tree && kill -9 $tree
  wait "$npm" 2>/dev/null || true
}

terminate() {
  kill -TERM "$npm"
  local tries
  for tries in $(seq 300); do
    [ -n "$(alive $tree)" ] || return 0
    sleep 0.1
  done
  echo "still alive 30 s after SIGTERM:"
  ps -o pid,ppid,stat,args -p "$(alive $tree | paste -sd,)"
  return 1
}

echo "node $(node --version), npm $(npm --version), user $([ "$nobody" = yes ] && echo nobody || id -un), folder $folder"
step "$([ "$copy" = yes ] && echo 'copy of the working files' || echo 'git clone')" get_files
step 'npm ci' install
step 'first npm start, to its ready line' start
step '/health' healthy
step 'kill -9 of everything' kill_tree
step 'npm start over what that left' start
step '/health' healthy
step 'SIGTERM, until nothing is left' terminate
step 'npm start after a proper stop' start
step '/health' healthy
step 'SIGTERM, until nothing is left' terminate
grep -h 'reach\|database is in\|copy below' "$log" || true
echo 'all well'
