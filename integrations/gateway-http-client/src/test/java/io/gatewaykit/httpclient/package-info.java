@NullMarked
package io.gatewaykit.httpclient;

import org.jspecify.annotations.NullMarked;
