#!/bin/sh
# Has java compile quickly instead of well, in the mount namespace that this is run in: a ZooKeeper of a test lives for a
# minute, and takes a quarter less of the processors like this.
set -eu
java=$(readlink -f /usr/bin/java)
[ -x "$java" ] && [ -L /etc/alternatives/java ] || exit 0
mount -t tmpfs tmpfs /mnt
cp -a /etc/alternatives/. /mnt
rm /mnt/java
printf '#!/bin/sh\nexec %s -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData "$@"\n' "$java" > /mnt/java
chmod +x /mnt/java
mount --bind /mnt /etc/alternatives
umount /mnt
