perl -e '
my $q = msgget(0x7001, 01640) // die; print "id $q\n";
msgsnd($q, pack("l! a*", $_ % 3 + 1, "message $_"), 0) or die for 1 .. 6;
sub take { my ($type, $flags) = @_; print msgrcv($q, my $m, 100, $type, $flags) ? join(" ", unpack("l! a*", $m)) : "$!", "\n" }
take(2, 0); take(-2, 0); take(1, 020000); take(0, 0); take(7, 04000);
print msgrcv($q, my $m, 2, 0, 04000) ? "taken" : "$!", "\n"; print msgrcv($q, $m, 2, 0, 014000) ? unpack("x8 a*", $m) : "$!", "\n";
if (!fork) { select undef, undef, undef, 0.2; msgsnd($q, pack("l! a*", 9, "from a child"), 0); exit } take(9, 0); wait;
print msgget(0x7001, 03640) // "$!", "\n"; print msgget(0x7002, 0) // "$!", "\n";
msgctl($q, 2, my $ds) or die; print join(" ", (unpack("i I5", $ds))[0 .. 5], length $ds), "\n";
my $f = fork; if (!$f) { take(5, 0); exit } select undef, undef, undef, 0.3; print msgctl($q, 0, 0), "\n"; wait; take(0, 0);'
