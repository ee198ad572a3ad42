/**
 * Trials of what is promised about power cuts, failing and full disks, full memory and clocks that are set: whole daemons on real
 * file systems, on devices made for the purpose. Those that need root and programs of Debian's are tagged {@code power-cut}.
 */
package dev.msqd.daemon.durability;
