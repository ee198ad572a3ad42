package dev.msqd.client.control;

import java.nio.charset.StandardCharsets;

/** What a queue may be called. */
public final class QueueName {
    /** Longest name, bytes of UTF-8. */
    public static final int MAX_LENGTH = 255;

    private QueueName() {}

    /**
     * Why this cannot be a queue's name, or an empty string when it can. A name is 1..255 bytes of UTF-8 without
     * control characters and '/'. It must not look like a key (0x...), an id (digits alone) or an option (-...).
     */
    public static String objection(String name) {
        if (name.isEmpty()) {
            return "a queue's name must not be empty";
        }
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_LENGTH) {
            return "a queue's name has at most " + MAX_LENGTH + " bytes, this one " + length;
        }
        if (name.codePoints().anyMatch(c -> Character.isISOControl(c) || c == '/' || isLoneSurrogate(c))) {
            return "a queue's name has no control characters and no '/': '" + name.replaceAll("\\p{Cc}", "?") + "'";
        }
        if (name.startsWith("-") || name.startsWith("0x") || name.startsWith("0X")) {
            return "a queue's name does not begin with '-' (an option) or 0x (a key): '" + name + "'";
        }
        if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return "a queue's name is not made of digits alone (an id): '" + name + "'";
        }
        return "";
    }

    private static boolean isLoneSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
