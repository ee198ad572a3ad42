package dev.msqd.daemon.durability.calls;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A folder on the worst disk that POSIX allows. A sync of a file is for its bytes and its length; a sync of a folder is for the names in it. What was
 * done since, or meanwhile, may be on disk or not, each for itself, whatever was synced beside it. File systems with a journal promise more:
 * on them a new file's own sync brings its name with it, so no cut of theirs shows that a folder's sync is missing.
 */
public final class PosixDisk {
    private static final int SECTOR_LENGTH = 512;
    private static final int PAGE_LENGTH = 4096;
    private static final byte[] ZEROS = new byte[PAGE_LENGTH];
    private static final double[] KEPT = {0, 0.1, 0.5, 0.9, 1};
    /** This share of the writes that are kept is torn. */
    private static final double TORN = 0.4;

    private final Path path;
    private final Folder root = new Folder();

    private abstract static sealed class Node permits File, Folder {
        /** What was done before the sync began is on disk. */
        abstract void sync(int begin);
    }

    /** @param bytes null for what is cut off or added at the end, so that this is the length */
    private record Write(int end, int offset, byte[] bytes) {}

    private static final class File extends Node {
        private byte[] synced = {};
        private final List<Write> unsynced = new ArrayList<>();

        @Override
        void sync(int begin) {
            while (!unsynced.isEmpty() && unsynced.getFirst().end <= begin) {
                synced = write(synced, unsynced.removeFirst());
            }
        }

        private static byte[] write(byte[] content, Write write) {
            if (write.bytes == null) {
                return Arrays.copyOf(content, write.offset);
            }
            int end = write.offset + write.bytes.length;
            byte[] written = end > content.length ? Arrays.copyOf(content, end) : content;
            System.arraycopy(write.bytes, 0, written, write.offset, write.bytes.length);
            return written;
        }

        private byte[] cached() {
            byte[] content = synced.clone();
            for (Write write : unsynced) {
                content = write(content, write);
            }
            return content;
        }

        private byte[] afterCut(double kept, SplittableRandom random) {
            if (unsynced.isEmpty()) {
                return synced;
            }
            byte[] content = synced.clone();
            for (Write write : unsynced) {
                if (random.nextDouble() >= kept) {
                    continue;
                }
                if (write.bytes == null || random.nextDouble() >= TORN) {
                    content = write(content, write);
                    continue;
                }
                for (int at = 0; at < write.bytes.length; at += SECTOR_LENGTH) {
                    if (random.nextBoolean()) {
                        int end = Math.min(at + SECTOR_LENGTH, write.bytes.length);
                        content = write(content,
                            new Write(0, write.offset + at, Arrays.copyOfRange(write.bytes, at, end)));
                    }
                }
            }
            return content;
        }
    }

    /** A name that went, or came, or both at once, as in a renaming. Null: none. */
    private record Change(int end, String gone, String come, Node node) {
        private void apply(Map<String, Node> names) {
            if (gone != null) {
                names.remove(gone, node);
            }
            if (come != null) {
                names.put(come, node);
            }
        }
    }

    private static final class Folder extends Node {
        private final Map<String, Node> cached = new TreeMap<>();
        private final Map<String, Node> synced = new TreeMap<>();
        private final List<Change> unsynced = new ArrayList<>();

        private void change(int end, String gone, String come, Node node) {
            Change change = new Change(end, gone, come, node);
            change.apply(cached);
            unsynced.add(change);
        }

        @Override
        void sync(int begin) {
            while (!unsynced.isEmpty() && unsynced.getFirst().end <= begin) {
                unsynced.removeFirst().apply(synced);
            }
        }

        private Map<String, Node> afterCut(double kept, SplittableRandom random) {
            Map<String, Node> names = new TreeMap<>(synced);
            for (Change change : unsynced) {
                if (random.nextDouble() < kept) {
                    change.apply(names);
                }
            }
            return names;
        }
    }

    /** @param path of a folder that is empty, and on disk */
    public PosixDisk(Path path) {
        this.path = path;
    }

    /** Does what was done. The calls come in their order. */
    public void apply(Call call) {
        Node node = find(call.path());
        String name = call.path().getFileName().toString();
        switch (call.kind()) {
            case CREATE -> {
                if (node == null) {
                    folderOf(call.path()).change(call.end(), null, name, new File());
                }
            }
            case MAKE_FOLDER -> folderOf(call.path()).change(call.end(), null, name, new Folder());
            case RENAME -> {
                Folder folder = folderOf(call.path());
                if (folder != folderOf(call.target())) {
                    throw new IllegalArgumentException("not tried: " + call);
                }
                folder.change(call.end(), name, call.target().getFileName().toString(), node);
            }
            case DELETE -> {
                if (node != null) { // not a socket
                    folderOf(call.path()).change(call.end(), name, null, node);
                }
            }
            case WRITE, TRUNCATE ->
                ((File) node).unsynced.add(new Write(call.end(), Math.toIntExact(call.offset()), call.bytes()));
            case FSYNC, FDATASYNC -> node.sync(call.begin());
        }
    }

    private Folder folderOf(Path file) {
        return (Folder) find(file.getParent());
    }

    private Node find(Path sought) {
        Node node = root;
        for (Path name : path.relativize(sought)) {
            if (!name.toString().isEmpty() && node != null) {
                node = ((Folder) node).cached.get(name.toString());
            }
        }
        return node;
    }

    /** Makes what a power cut may leave at this moment, in a folder that is empty. */
    public void cut(Path image, SplittableRandom random) throws IOException {
        cut(root, image, random.nextBoolean() ? KEPT[random.nextInt(KEPT.length)] : -1, random);
    }

    /** @param kept this share of what is not synced, or below 0: of each another */
    private static void cut(Folder folder, Path image, double kept, SplittableRandom random) throws IOException {
        for (Map.Entry<String, Node> entry : folder.afterCut(share(kept, random), random).entrySet()) {
            Path made = image.resolve(entry.getKey());
            switch (entry.getValue()) {
                case Folder inner -> cut(inner, Files.createDirectory(made), kept, random);
                case File file -> write(made, file.afterCut(share(kept, random), random));
            }
        }
    }

    private static double share(double kept, SplittableRandom random) {
        return kept < 0 ? KEPT[random.nextInt(KEPT.length)] : kept;
    }

    /** Where there are zeros it stays sparse. */
    private static void write(Path made, byte[] content) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(made.toFile(), "rw")) {
            file.setLength(content.length);
            for (int at = 0; at < content.length; at += PAGE_LENGTH) {
                int end = Math.min(at + PAGE_LENGTH, content.length);
                if (!Arrays.equals(content, at, end, ZEROS, 0, end - at)) {
                    file.seek(at);
                    file.write(content, at, end - at);
                }
            }
        }
    }

    /** The files by their paths, as they were before the power was cut: what every process saw that read them. */
    public Map<Path, byte[]> files() {
        Map<Path, byte[]> files = new TreeMap<>();
        collect(root, path, files);
        return files;
    }

    private static void collect(Folder folder, Path path, Map<Path, byte[]> files) {
        folder.cached.forEach((name, node) -> {
            switch (node) {
                case Folder inner -> collect(inner, path.resolve(name), files);
                case File file -> files.put(path.resolve(name), file.cached());
            }
        });
    }
}
