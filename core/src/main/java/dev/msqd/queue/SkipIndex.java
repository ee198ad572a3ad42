package dev.msqd.queue;

import java.util.ArrayList;
import java.util.Arrays;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * What one receiver walked past without taking it, so that selection does not depend on depth: a queue of positions a type,
 * and the types in two heaps, by their first position and by themselves.
 *
 * <p>It is soft state: an entry may be gone when it is looked at, and all of it can be built again from the log. Entries that
 * are gone are dropped when they come first, and all of them when a type's queue is full or the types have doubled: that
 * keeps its size within a factor of what is live. In the steady state nothing is allocated.
 */
final class SkipIndex {
    private static final int BY_POSITION = 0;
    private static final int BY_TYPE = 1;
    private static final int MIN_PURGE = 256;

    private final Long2ObjectHashMap<SkippedType> types = new Long2ObjectHashMap<>();
    private final ArrayList<SkippedType> spare = new ArrayList<>();
    private final ArrayList<SkippedType> emptied = new ArrayList<>();
    private final Heap byPosition = new Heap(BY_POSITION);
    private final Heap byType = new Heap(BY_TYPE);
    private final SkippedType.Liveness liveness;
    private int purgeAt = MIN_PURGE;

    SkipIndex(SkippedType.Liveness liveness) {
        this.liveness = liveness;
    }

    boolean isEmpty() {
        return byPosition.size() == 0;
    }

    void clear() {
        emptied.clear();
        while (!isEmpty()) {
            drop(byPosition.first());
        }
    }

    void add(long mtype, long position, long address) {
        SkippedType queue = types.get(mtype);
        if (queue == null) {
            purgeIfGrown();
            queue = spare.isEmpty() ? new SkippedType() : spare.removeLast();
            queue.reset(mtype);
            queue.add(position, address, liveness);
            types.put(mtype, queue);
            byPosition.add(queue);
            byType.add(queue);
            return;
        }
        queue.add(position, address, liveness);
        byPosition.moved(queue);
    }

    /** The queue whose first entry a selector would get, or null. */
    SkippedType first(Selector selector) {
        if (isEmpty()) {
            return null;
        }
        return switch (selector.mode()) {
            case Selector.TYPE -> types.get(selector.msgtyp());
            case Selector.EXCEPT -> byPosition.firstExcept(selector.msgtyp());
            case Selector.UP_TO -> byType.first().mtype <= selector.msgtyp() ? byType.first() : null;
            default -> byPosition.first();
        };
    }

    /** Removes the first entry of a type. */
    void removeFirst(SkippedType queue) {
        queue.removeFirst();
        if (queue.size() == 0) {
            drop(queue);
        } else {
            byPosition.moved(queue);
        }
    }

    private void purgeIfGrown() {
        if (byPosition.size() < purgeAt) {
            return;
        }
        for (int slot = byPosition.size() - 1; slot >= 0; slot--) {
            SkippedType queue = byPosition.members[slot];
            queue.retain(liveness);
            if (queue.size() == 0) {
                emptied.add(queue);
            }
        }
        emptied.forEach(this::drop);
        emptied.clear();
        byPosition.rebuild();
        purgeAt = Math.max(MIN_PURGE, 2 * byPosition.size());
    }

    private void drop(SkippedType queue) {
        types.remove(queue.mtype);
        byPosition.remove(queue);
        byType.remove(queue);
        spare.add(queue);
    }

    /** A binary heap whose members know where they are. */
    private static final class Heap {
        private final int order;
        private SkippedType[] members = new SkippedType[8];
        private int size;

        Heap(int order) {
            this.order = order;
        }

        int size() {
            return size;
        }

        SkippedType first() {
            return members[0];
        }

        SkippedType firstExcept(long mtype) {
            if (members[0].mtype != mtype) {
                return members[0];
            }
            SkippedType left = size > 1 ? members[1] : null;
            SkippedType right = size > 2 ? members[2] : null;
            return right != null && isBefore(right, left) ? right : left;
        }

        void add(SkippedType member) {
            if (size == members.length) {
                members = Arrays.copyOf(members, size * 2);
            }
            put(size++, member);
            moved(member);
        }

        void remove(SkippedType member) {
            int hole = member.heapSlots[order];
            SkippedType last = members[--size];
            members[size] = null;
            if (last != member) {
                put(hole, last);
                moved(last);
            }
        }

        /** Restores the order after any number of members moved. */
        void rebuild() {
            for (int slot = size / 2 - 1; slot >= 0; slot--) {
                put(slot, members[slot]);
                sink(members[slot]);
            }
        }

        void moved(SkippedType member) {
            int slot = member.heapSlots[order];
            while (slot > 0 && isBefore(member, members[(slot - 1) / 2])) {
                put(slot, members[(slot - 1) / 2]);
                slot = (slot - 1) / 2;
            }
            put(slot, member);
            sink(member);
        }

        private void sink(SkippedType member) {
            int slot = member.heapSlots[order];
            while (2 * slot + 1 < size) {
                int child = 2 * slot + 1;
                if (child + 1 < size && isBefore(members[child + 1], members[child])) {
                    child++;
                }
                if (!isBefore(members[child], member)) {
                    break;
                }
                put(slot, members[child]);
                slot = child;
            }
            put(slot, member);
        }

        private boolean isBefore(SkippedType a, SkippedType b) {
            return order == BY_POSITION ? a.position(0) < b.position(0) : a.mtype < b.mtype;
        }

        private void put(int slot, SkippedType member) {
            members[slot] = member;
            member.heapSlots[order] = slot;
        }
    }
}
