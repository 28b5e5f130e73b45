#!/bin/sh
# Ends, and so does its child; a grandchild of the same session stays.
sh -c 'sleep 1000 & echo "child $!"'
exit 3
