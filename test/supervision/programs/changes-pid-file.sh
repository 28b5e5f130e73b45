#!/bin/sh
# Writes a pid file as daemons do, and then somebody else's pid into it.
echo $$ > "$1/marathon/marathon.pid"
cat "$1/stranger" > "$1/marathon/marathon.pid"
echo "started"
exec sleep 1000
