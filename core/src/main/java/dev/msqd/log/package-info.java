/**
 * The hot log: a chain of segments in shared memory that any number of processes append to and take from without a lock
 * and without the daemon. {@link dev.msqd.log.Appender} writes, {@link dev.msqd.log.Cursor} walks,
 * {@link dev.msqd.log.SegmentChain} finds and links segments, {@link dev.msqd.log.Reclaimer} gives them back, and
 * {@link dev.msqd.log.Repair} settles what the dead left.
 *
 * <p>Invariants, cited in code and tests by number:
 * <ol>
 * <li>A header moves only 0 → {-length, tag} → {length, type} or DEAD, each by CAS; beyond the last header of the last
 * segment all bytes are zero.
 * <li>A claim word moves only AVAILABLE → TAKEN → CONSUMED or AVAILABLE, each by CAS; CONSUMED is final; 0 is never
 * takeable.
 * <li>A message is returned iff CONSUMED was stored for it; a send succeeds iff its commit was.
 * <li>Nothing is taken at p while a matching record before p, skipped earlier, is committed and available. ENOMSG and
 * "lowest type" are decided at a read of the log's end, after looking at the skipped again.
 * <li>At rest: total at the tail − Σ received = live payload and count, exactly; never above the limit.
 * <li>First in, first out per sender and receiver; a message that went back to its place is the exception.
 * <li>Every available record is reachable by every live receiver.
 * <li>Client ids are never reused in a boot; no slot is reused before its repair ends.
 * <li>Any repair may be stopped anywhere and run again.
 * <li>A place is used again only if its segment was sealed, all terminal, before the tail, unlinked, and then found without
 * a pin; a pin counts only if its segment was still linked after the pin was stored. The places of a long segment go together:
 * a pin on its head holds them all.
 * <li>The tail link moves forward only, by CAS.
 * <li>A removed queue: flag, wake all, EIDRM for sleepers.
 * <li>Lengths read from shared memory are checked before use, once, from a copy: a record's against its segment, a segment's
 * against its places.
 * </ol>
 */
package dev.msqd.log;
