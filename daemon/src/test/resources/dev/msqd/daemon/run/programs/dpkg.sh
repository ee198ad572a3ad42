D=$(mktemp -d); cd $D; mkdir -p p/DEBIAN p/usr/bin p/etc
printf 'Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: me <me@here>\nDescription: tiny\n' > p/DEBIAN/control; echo 'echo hi' > p/usr/bin/tiny; echo x > p/etc/tiny.conf
fakeroot-sysv sh -c 'chown -R root:root p; chown 5:60 p/etc/tiny.conf; chmod 2755 p/usr/bin/tiny; dpkg-deb -b p tiny.deb'
dpkg-deb -c tiny.deb | awk '{print $1, $2, $3, $6}'; dpkg-deb -I tiny.deb | grep -v bytes; cd /; rm -r $D
