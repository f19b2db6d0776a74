// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * The maximum inspected length of a body, by format. The content of files does not count.
 *
 * @param formBytes length of a form, of all fields of a multipart body, or of text
 * @param documentBytes length of JSON or XML
 * @param messageBytes length of one message of a stream, whose number is not limited
 * @param depth nesting depth of JSON and XML
 * @param ratio ratio of inflated to received bytes, enforced beyond 1 MiB of inflated bytes
 */
public record BodyLimits(
    long formBytes, long documentBytes, int messageBytes, int depth, int ratio) {}
