ipcs -q; ipcmk -Q; ipcmk -Q -p 0640; perl -e 'print "pid $$\n"; my $q = msgget(0x7006, 01604); msgsnd($q, pack("l! a*", 1, "x" x $_), 0) for 1 .. 4'
ipcs -q; ipcs -q -c; ipcs -q -l; ipcs -q -u; ipcs -q -p; ipcs -q -t; ipcs -q -i 2; ipcs -q -i 99; echo $?
lsipc -q; lsipc -q -J; lsipc -q -r; lsipc -q -e; lsipc -q -i 2; lsipc -q -b; lsipc -q -c; lsipc -q -g; lsipc; lsipc -q -t
ipcrm -q 0; echo $?; ipcs -q; ipcrm -q 0; echo $?; ipcrm -q 99; echo $?; ipcrm -Q 0x7006; echo $?; ipcrm -Q 0x7006; echo $?; ipcrm -v -q 1; echo $?; ipcmk -Q; ipcmk -Q >/dev/null; ipcrm --all=msg; echo $?; ipcs -q; cat /proc/sysvipc/msg
ipcmk -Q; ipcrm -v -a; ipcs
