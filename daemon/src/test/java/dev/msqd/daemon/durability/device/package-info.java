/**
 * Block devices that log, fail and lose power, made of Debian's programs and a loop device: a raw image, under
 * qemu-storage-daemon, which logs or refuses writes, exported as a file by FUSE, under a loop device, under a file system. They
 * need root, /dev/fuse and loop devices, and say so when they are missing.
 */
package dev.msqd.daemon.durability.device;
