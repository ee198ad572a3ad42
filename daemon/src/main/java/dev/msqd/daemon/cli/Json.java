package dev.msqd.daemon.cli;

import dev.msqd.daemon.JsonText;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Builds one JSON object. Control characters are escaped, all else stays UTF-8. */
final class Json {
    private final StringBuilder text = new StringBuilder("{");

    Json put(String name, String value) {
        name(name);
        if (value == null) {
            text.append("null");
        } else {
            quote(value);
        }
        return this;
    }

    Json put(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    Json put(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    Json putUnsigned(String name, long value) {
        name(name);
        text.append(Long.toUnsignedString(value));
        return this;
    }

    /** An array of numbers, of texts, and of objects. */
    Json put(String name, List<?> values) {
        name(name);
        text.append('[');
        String separator = "";
        for (Object value : values) {
            text.append(separator);
            if (value instanceof Number || value instanceof Json) {
                text.append(value);
            } else {
                quote(value.toString());
            }
            separator = ",";
        }
        text.append(']');
        return this;
    }

    /**
     * A message's bytes: as text if they are UTF-8, as far as they are shown, else as base64.
     *
     * @param cut whether there are more: what is shown may end within a character
     */
    Json putPayload(byte[] shown, boolean cut) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer text = CharBuffer.allocate(shown.length);
        ByteBuffer bytes = ByteBuffer.wrap(shown);
        boolean good = !decoder.decode(bytes, text, !cut).isError() && (cut || !bytes.hasRemaining());
        return good
            ? put("text", text.flip().toString())
            : put("base64", Base64.getEncoder().encodeToString(shown));
    }

    /** The object on one line. */
    @Override
    public String toString() {
        return text + "}";
    }

    private void name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':');
    }

    private void quote(String value) {
        JsonText.quote(value, text);
    }
}
