package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.ByteDamage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Files of real workloads, damaged. A replay ends, never with another exception than ErrnoException, and never with
 * messages that were not sent; and unless it reports something it finds what it would have found.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedLogTest {
    private static final int PAGE = LogFileDescriptor.PAGE_LENGTH;
    private static final int IMAGES_A_WORKLOAD = 40;

    private record Found(long mtype, List<Byte> payload) {}

    /** What a replay found, its reports apart. */
    private record Result(boolean complete, long incarnation, long lastSend, long lastReceive, boolean cleanStop,
        Map<Long, Found> messages) {

        private static Result of(Replay replay) {
            Map<Long, Found> messages = new TreeMap<>();
            replay.forEach((position, mtype, buffer, offset, length) -> {
                List<Byte> payload = new ArrayList<>();
                for (int index = 0; index < length; index++) {
                    payload.add(buffer.getByte(offset + index));
                }
                messages.put(position, new Found(mtype, payload));
            });
            assertEquals(replay.size(), messages.size());
            return new Result(replay.isComplete(), replay.incarnation(), replay.lastSend(), replay.lastReceive(),
                replay.cleanStop(), messages);
        }
    }

    @Test
    void findsOrReportsDamage() {
        run(1, 2_000);
    }

    @Test
    @Tag("long")
    void findsOrReportsMuchDamage() {
        run(1_000_000, 50_000);
    }

    private static void run(long firstSeed, int images) {
        long seed = Long.getLong("msqd.damage.seed", firstSeed);
        int[] reported = {0};
        for (int checked = 0; checked < images; checked += IMAGES_A_WORKLOAD, seed++) {
            try {
                damage(seed, reported);
            } catch (Throwable t) {
                throw new AssertionError("-Dmsqd.damage.seed=" + seed + ": " + t, t);
            }
        }
        assertTrue(reported[0] > images / 4, "most damage is noticed: " + reported[0]);
    }

    private static void damage(long seed, int[] reported) {
        Random dice = new Random(~seed);
        LogWorkload workload = new LogWorkload(new Random(seed), storage -> {});
        for (int step = dice.nextInt(200); step >= 0; step--) {
            workload.step();
        }
        PowerCutStorage whole = workload.storage().afterCut(dice);
        Replay replay = Replay.of(whole, LogWorkload.QUEUE);
        workload.verify(replay);
        Result result = Result.of(replay);
        for (int image = 0; image < IMAGES_A_WORKLOAD && whole.list().length > 0; image++) {
            PowerCutStorage damaged = whole.copy();
            Damage damage = Damage.values()[dice.nextInt(Damage.values().length)];
            damage.apply(damaged, dice);
            try {
                Replay again = Replay.of(damaged, LogWorkload.QUEUE);
                Result found = Result.of(again);
                read(damaged);
                boolean reports =
                    again.report().isDamaged() || !again.report().tornTail().equals(replay.report().tornTail())
                        || !again.report().unfinished().equals(replay.report().unfinished());
                reported[0] += reports ? 1 : 0;
                if (!damage.forges) {
                    workload.verifySent(again);
                }
                if (!damage.forges && !damage.hides && !reports) {
                    assertTrue(result.equals(found), () -> "found " + found.messages.keySet() + ", whole: "
                        + result.messages.keySet() + "; " + again.report() + ", whole: " + replay.report());
                }
            } catch (ErrnoException e) {
                reported[0]++;
            } catch (Throwable t) {
                throw new AssertionError(damage + ", image " + image + ": " + t, t);
            }
        }
    }

    /** All entries, as for people. */
    private static void read(LogStorage storage) {
        int[] batches = {0};
        LogReader.read(storage, LogWorkload.QUEUE, 0, new LogEntryHandler() {
            @Override
            public void onBatch(int file, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
                long timeMs) {
                batches[0]++;
            }

            @Override
            public void onDamage(int file, long offset, String what) {
                assertNotNull(what);
            }
        });
        assertTrue(batches[0] >= 0);
    }

    private enum Damage {
        FLIPPED_BITS(ByteDamage.FLIPPED_BITS, false),
        /** A log may well end where a page begins: what was behind leaves no trace. */
        CUT_OFF(ByteDamage.CUT_OFF, true),
        ZERO_PAGES(ByteDamage.ZERO_PAGES, true),
        SWAPPED_PAGES(ByteDamage.SWAPPED_PAGES, true),
        PAGES_OF_ANOTHER_FILE(false, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                byte[] from = storage.content(any(storage, dice));
                int number = any(storage, dice);
                byte[] content = storage.content(number);
                if (content.length >= PAGE && from.length >= PAGE) {
                    System.arraycopy(from, PAGE * dice.nextInt(from.length / PAGE), content,
                        PAGE * dice.nextInt(content.length / PAGE), PAGE);
                    storage.put(number, content);
                }
            }
        },
        GARBAGE(ByteDamage.GARBAGE, true),
        /** The newest may never have been there. */
        MISSING_FILE(false, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                storage.delete(any(storage, dice));
            }
        },
        RENAMED_FILE(false, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                int number = any(storage, dice);
                storage.put(dice.nextInt(100) == 0 ? Integer.MAX_VALUE : 1 + dice.nextInt(20), storage.content(number));
            }
        },
        /** Of batches: fields or entries that make no sense, with a checksum that is right. */
        FORGED_BATCH(true, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                for (int count = dice.nextInt(3); count >= 0; count--) {
                    int number = any(storage, dice);
                    if (storage.content(number).length < 2 * PAGE) {
                        return;
                    }
                    Crafted crafted = new Crafted(storage, number);
                    int offset = PAGE * (1 + dice.nextInt(crafted.bytes().capacity() / PAGE - 1));
                    int field =
                        dice.nextInt(3) == 0 ? dice.nextInt(PAGE - Long.BYTES) : Integer.BYTES * dice.nextInt(32);
                    ByteDamage.forge(crafted.bytes(), offset + field, dice);
                    crafted.seal(offset);
                }
            }
        },
        FORGED_HEADER(true, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                int number = any(storage, dice);
                if (storage.content(number).length >= PAGE) {
                    Crafted crafted = new Crafted(storage, number);
                    ByteDamage.forge(crafted.bytes(), Integer.BYTES * dice.nextInt(22), dice);
                    crafted.sealHeader();
                }
            }
        },
        /** Every page claims to be the beginning of a batch that reaches to the end. */
        BATCHES_EVERYWHERE(true, true) {
            @Override
            void apply(PowerCutStorage storage, Random dice) {
                int number = any(storage, dice);
                Crafted crafted = new Crafted(storage, number);
                long sequence = crafted.bytes().capacity() < 2 * PAGE ? 0
                    : crafted.bytes().getLong(LogFileDescriptor.FIRST_SEQUENCE_OFFSET);
                for (int offset = PAGE; offset + PAGE <= crafted.bytes().capacity(); offset += PAGE) {
                    crafted.bytes().putInt(offset + BatchDescriptor.LENGTH_OFFSET, crafted.bytes().capacity() - offset);
                    crafted.bytes().putLong(offset + BatchDescriptor.SEQUENCE_OFFSET, sequence++);
                }
                storage.put(number, crafted.bytes().array());
            }
        };

        /** What is done to one file, or null where it concerns more. */
        private final ByteDamage bytes;
        /** Whether checksums can't tell. */
        private final boolean forges;
        /** Whether the log may look as if what is gone had never been. */
        private final boolean hides;

        Damage(boolean forges, boolean hides) {
            this(null, forges, hides);
        }

        Damage(ByteDamage bytes, boolean hides) {
            this(bytes, false, hides);
        }

        Damage(ByteDamage bytes, boolean forges, boolean hides) {
            this.bytes = bytes;
            this.forges = forges;
            this.hides = hides;
        }

        void apply(PowerCutStorage storage, Random dice) {
            int number = any(storage, dice);
            byte[] content = storage.content(number);
            if (content.length >= PAGE) {
                storage.put(number, bytes.apply(content, PAGE, dice));
            }
        }

        private static int any(PowerCutStorage storage, Random dice) {
            int[] numbers = storage.list();
            return numbers[dice.nextInt(numbers.length)];
        }
    }
}
