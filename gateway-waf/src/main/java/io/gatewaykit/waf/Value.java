package io.gatewaykit.waf;

/** One text to inspect: bytes as chars, decoded once where its place in the request asks for it. */
record Value(Target target, String name, String text) {}
