package dev.msqd.client.control;

import java.util.OptionalLong;

/**
 * Limits to be changed (R76); those left out stay as they are.
 *
 * @param msgmax longest message, bytes, 0 to 2^31 - 1; lower than before, longer messages that are queued stay receivable (R77)
 * @param msgmnb limit of queues made from now on, bytes, 0 to 2^31 - 1 (R77)
 * @param msgmni most queues, 0 to 32,768; more that exist stay
 * @param msgtql most messages on all queues together, 0 to 2^31 - 1; 0 for no limit (R78)
 */
public record LimitSettings(OptionalLong msgmax, OptionalLong msgmnb, OptionalLong msgmni, OptionalLong msgtql) {
    /** Changes nothing. */
    public static LimitSettings none() {
        return new LimitSettings(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty());
    }

    public LimitSettings withMsgmax(long value) {
        return new LimitSettings(OptionalLong.of(value), msgmnb, msgmni, msgtql);
    }

    public LimitSettings withMsgmnb(long value) {
        return new LimitSettings(msgmax, OptionalLong.of(value), msgmni, msgtql);
    }

    public LimitSettings withMsgmni(long value) {
        return new LimitSettings(msgmax, msgmnb, OptionalLong.of(value), msgtql);
    }

    public LimitSettings withMsgtql(long value) {
        return new LimitSettings(msgmax, msgmnb, msgmni, OptionalLong.of(value));
    }

    /** What the limits are after the change. */
    public Limits appliedTo(Limits limits) {
        return new Limits(msgmax.orElse(limits.msgmax()), msgmnb.orElse(limits.msgmnb()),
            msgmni.orElse(limits.msgmni()), msgtql.orElse(limits.msgtql()));
    }
}
