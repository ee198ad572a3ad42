package dev.msqd.daemon.cli;

import dev.msqd.daemon.JsonText;
import java.util.List;

/** Builds one flat JSON object. Control characters are escaped, all else stays UTF-8. */
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

    /** An array of numbers, and of texts. */
    Json put(String name, List<?> values) {
        name(name);
        text.append('[');
        String separator = "";
        for (Object value : values) {
            text.append(separator);
            if (value instanceof Number) {
                text.append(value);
            } else {
                quote(value.toString());
            }
            separator = ",";
        }
        text.append(']');
        return this;
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
