package dev.msqd.bench.peer;

import java.io.IOException;

/** The kernel's System V queue, called by a program in C, which is compiled on the spot. */
final class KernelCPeer extends KernelPeer {
    @Override
    public String label() {
        return "kernel (C)";
    }

    @Override
    public String hindrance(Site site, Shape shape) throws IOException {
        return site.kernelProgram() == null ? "no C compiler (cc)" : super.hindrance(site, shape);
    }

    @Override
    public String program(Site site) throws IOException {
        return site.kernelProgram().toString();
    }
}
