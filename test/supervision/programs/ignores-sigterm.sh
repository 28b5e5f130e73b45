#!/bin/sh
# Only SIGKILL ends it, and what it has started ignores SIGTERM too.
trap '' TERM
echo "nobody tells me when to stop"
while :; do sleep 1; done
