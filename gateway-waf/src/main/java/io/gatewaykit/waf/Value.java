package io.gatewaykit.waf;

import io.gatewaykit.waf.rule.Target;

/** One text to inspect: bytes as chars, decoded once where its place in the request asks for it. */
record Value(Target target, String name, String text) {}
