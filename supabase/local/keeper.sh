#!/bin/sh
# keeper.sh <signal> <signal> <command> [arguments]: runs the command and lives as long as it does.
# Standard input is a pipe from the process that wants the command to run: when that process closes it,
# or dies in any way (even by kill -9), reading it ends and the command gets the first signal, and the
# second one 5 s later if it is still there. So nothing is left behind, and nobody has to clean up.
gently=$1
firmly=$2
shift 2
exec 3<&0 </dev/null

"$@" 3<&- &
command=$!

{
  cat <&3 >/dev/null
  kill -s "$gently" "$command"
  sleep 5
  kill -s "$firmly" "$command"
} 2>/dev/null &
watcher=$!

exec 3<&-
wait "$command"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
