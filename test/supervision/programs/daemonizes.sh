#!/bin/sh
# Goes into the background like a daemon of old: who started it sees it end.
setsid sh -c 'sh -c "echo daemon \$\$; exec sleep 1000" &'
sleep 0.2
exit 0
