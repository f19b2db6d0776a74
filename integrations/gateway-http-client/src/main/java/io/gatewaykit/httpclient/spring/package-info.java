/** The adapter for the blocking clients of Spring. */
@NullMarked
package io.gatewaykit.httpclient.spring;

import org.jspecify.annotations.NullMarked;
