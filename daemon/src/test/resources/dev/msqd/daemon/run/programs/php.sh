php -r '
$q = msg_get_queue(0x7004, 0600); var_dump(msg_queue_exists(0x7004), msg_queue_exists(0x7005));
msg_send($q, 3, ["a" => 1, "b" => [2, 3]]); msg_send($q, 1, "raw text", false); msg_send($q, 2, 1.5);
var_dump(msg_receive($q, 2, $t, 1000, $m), $t, $m); var_dump(msg_receive($q, -9, $t, 1000, $m, false), $t, $m);
var_dump(msg_receive($q, 0, $t, 1000, $m), $t, $m); var_dump(@msg_receive($q, 0, $t, 1000, $m, true, MSG_IPC_NOWAIT, $e), $e);
$s = msg_stat_queue($q); unset($s["msg_stime"], $s["msg_rtime"], $s["msg_ctime"]); $s["msg_lspid"] = $s["msg_lspid"] == getmypid(); $s["msg_lrpid"] = $s["msg_lrpid"] == getmypid(); print_r($s);
var_dump(msg_set_queue($q, ["msg_perm.mode" => 0640, "msg_qbytes" => 100]), msg_stat_queue($q)["msg_perm.mode"], msg_stat_queue($q)["msg_qbytes"]);
var_dump(@msg_send($q, 1, str_repeat("x", 101), false, false, $e), $e); var_dump(msg_remove_queue($q));'
