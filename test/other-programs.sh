#!/bin/sh
# What the programs of a test are, in the mount namespace that this is run in.
set -eu

# MESHBOX_TEST_ZOOKEEPER: a package of Debian's, libzookeeper-java_*.deb, whose ZooKeeper takes the place of the installed one.
if [ -n "${MESHBOX_TEST_ZOOKEEPER:-}" ]; then
	# What was asked for and is not there must not be the installed one: the part ends by this code.
	trap '[ $? -eq 0 ] || exit 3' EXIT
	mount -t tmpfs tmpfs /mnt
	dpkg-deb -x "$MESHBOX_TEST_ZOOKEEPER" /mnt
	for jar in zookeeper zookeeper-jute; do
		mount --bind "/mnt/usr/share/java/$jar.jar" "/usr/share/java/$jar.jar"
	done
	umount --lazy /mnt
	trap - EXIT
fi

# Java compiles quickly instead of well: a ZooKeeper of a test lives for a minute, and takes a quarter less of the processors
# like this.
java=$(readlink -f /usr/bin/java)
[ -x "$java" ] && [ -L /etc/alternatives/java ] || exit 0
mount -t tmpfs tmpfs /mnt
cp -a /etc/alternatives/. /mnt
rm /mnt/java
printf '#!/bin/sh\nexec %s -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData "$@"\n' "$java" > /mnt/java
chmod +x /mnt/java
mount --bind /mnt /etc/alternatives
umount /mnt
