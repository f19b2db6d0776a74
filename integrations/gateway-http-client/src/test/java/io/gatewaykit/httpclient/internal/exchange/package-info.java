@NullMarked
package io.gatewaykit.httpclient.internal.exchange;

import org.jspecify.annotations.NullMarked;
