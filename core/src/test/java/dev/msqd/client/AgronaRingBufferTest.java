package dev.msqd.client;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** The contract is Agrona's: its own ring buffer fulfils it. */
class AgronaRingBufferTest extends RingBufferContractTest {
    private static final int CAPACITY = 32 * 1024;

    @Override
    RingBuffer create() {
        return new ManyToOneRingBuffer(
            new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY + RingBufferDescriptor.TRAILER_LENGTH)));
    }
}
