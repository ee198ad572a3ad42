/**
 * The Linux calls that the JDK has no API for, made through {@code java.lang.foreign}: files with reserved blocks,
 * mappings that outlive their use safely, futexes between processes, packet sockets that carry descriptors, epoll, and
 * facts about processes that only the kernel can vouch for.
 *
 * <p>x86-64 and AArch64 Linux, glibc or musl. The JVM needs {@code --enable-native-access} for this code, and Agrona's
 * buffers need {@code --add-opens java.base/jdk.internal.misc=ALL-UNNAMED}.
 *
 * <p>A failed call throws {@link dev.msqd.calls.ErrnoException}, whose message names what was tried. Calls that may
 * block ({@link dev.msqd.calls.Futex#await}, everything that waits in {@link dev.msqd.calls.UnixSocket} and
 * {@link dev.msqd.calls.Poller}) hold their thread inside the kernel: a virtual thread would hold its carrier as well,
 * and {@link Thread#interrupt()} is not noticed. Make them from platform threads.
 *
 * <p>Map of the package: {@code Libc} makes the calls, {@code Structs} lays out what they read and write, the public
 * classes are one each for a kernel object.
 */
package dev.msqd.calls;
