D=$(mktemp -d); cd $D
fakeroot-sysv sh -c 'id -u; touch a; chown 12:34 a; mknod n c 1 3; chmod 4755 a; ls -ln a n | cut -d" " -f1-4; tar cf t.tar a n; tar tvf t.tar | cut -d" " -f1,2'
fakeroot-sysv -s state sh -c 'touch b; chown 77:88 b'; fakeroot-sysv -i state sh -c 'ls -ln b | cut -d" " -f1-4'
sleep 1; ipcs -q; rm -r $D
